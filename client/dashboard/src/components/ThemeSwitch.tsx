// Light, dark, as the system has it: one button that goes round.

import { type ReactNode, useState } from 'react'
import { applyTheme, storedTheme, type Theme } from '../theme.ts'
import { Button } from './Button.tsx'

const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' }
const SIGN: Readonly<Record<Theme, string>> = { system: '◐', light: '○', dark: '●' }

export function ThemeSwitch(): ReactNode {
  const [theme, setTheme] = useState(storedTheme)
  const change = (): void => {
    applyTheme(NEXT[theme])
    setTheme(NEXT[theme])
  }
  return (
    <Button kind="plain" onClick={change} label={`Theme: ${theme}. Change to ${NEXT[theme]}`}>
      <span aria-hidden="true">{SIGN[theme]}</span>
    </Button>
  )
}
