// Providers, the frame of every page, and which page an address shows. Pages are loaded when they are first shown.

import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { isTesseraError } from '@tessera/protocol/errors'
import { lazy, type ReactNode, Suspense } from 'react'
import { Route, Router, Switch } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import { ActProvider } from './act/ActProvider.tsx'
import { ErrorBoundary } from './components/ErrorBoundary.tsx'
import { Loading } from './components/Loading.tsx'
import { Shell } from './components/Shell.tsx'
import { NetworkProvider } from './network/NetworkContext.tsx'
import { NotFoundPage } from './pages/NotFoundPage.tsx'
import { RunsPage } from './pages/RunsPage.tsx'
import { paths } from './paths.ts'
import { LiveProvider } from './queries/LiveProvider.tsx'
import { WalletProvider } from './wallet/WalletProvider.tsx'

const RunPage = lazy(async () => ({ default: (await import('./pages/RunPage.tsx')).RunPage }))
const RoundPage = lazy(async () => ({ default: (await import('./pages/RoundPage.tsx')).RoundPage }))
const MemberPage = lazy(async () => ({ default: (await import('./pages/MemberPage.tsx')).MemberPage }))
const HolderPage = lazy(async () => ({ default: (await import('./pages/HolderPage.tsx')).HolderPage }))
const VerifyPage = lazy(async () => ({ default: (await import('./pages/VerifyPage.tsx')).VerifyPage }))
const ModelPage = lazy(async () => ({ default: (await import('./pages/ModelPage.tsx')).ModelPage }))
const StatusPage = lazy(async () => ({ default: (await import('./pages/StatusPage.tsx')).StatusPage }))

/** A refusal stays a refusal; what may pass is tried twice more. */
const MOST_RETRIES = 2
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < MOST_RETRIES && (!isTesseraError(error) || error.retryable),
    },
  },
})

export function App(): ReactNode {
  return (
    <QueryClientProvider client={queries}>
      <Router hook={useHashLocation}>
        <ErrorBoundary>
          <NetworkProvider>
            <LiveProvider>
              <WalletProvider>
                <ActProvider>
                  <Shell>
                    <ErrorBoundary>
                      <Suspense fallback={<Loading what="the page" />}>
                        <Pages />
                      </Suspense>
                    </ErrorBoundary>
                  </Shell>
                </ActProvider>
              </WalletProvider>
            </LiveProvider>
          </NetworkProvider>
        </ErrorBoundary>
      </Router>
    </QueryClientProvider>
  )
}

function Pages(): ReactNode {
  return (
    <Switch>
      <Route path={paths.runs} component={RunsPage} />
      <Route path={paths.run} component={RunPage} />
      <Route path={paths.round} component={RoundPage} />
      <Route path={paths.member} component={MemberPage} />
      <Route path={paths.holder} component={HolderPage} />
      <Route path={paths.verify} component={VerifyPage} />
      <Route path={paths.verifyPayout} component={VerifyPage} />
      <Route path={paths.verifyCheckpoint} component={VerifyPage} />
      <Route path={paths.model} component={ModelPage} />
      <Route path={paths.modelText} component={ModelPage} />
      <Route path={paths.status} component={StatusPage} />
      <Route component={NotFoundPage} />
    </Switch>
  )
}
