// What a defect of a page leaves on the screen: its words, and a way on. React has no function for this.

import { Component, type ReactNode } from 'react'
import { Failure } from './Failure.tsx'

interface State {
  readonly error: unknown
}

export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: undefined }

  static getDerivedStateFromError(error: unknown): State {
    return { error }
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children
    return <Failure error={this.state.error} onRetry={() => this.setState({ error: undefined })} />
  }
}
