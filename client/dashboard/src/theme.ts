// Light, dark, or as the system has it.

export type Theme = 'light' | 'dark' | 'system'

const KEY = 'tessera.theme'

export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(KEY)
    return stored === 'light' || stored === 'dark' ? stored : 'system'
  } catch {
    // A browser that stores nothing still has a system theme.
    return 'system'
  }
}

/** Shows the theme, and remembers it where the browser lets us. */
export function applyTheme(theme: Theme): void {
  const dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  try {
    if (theme === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, theme)
  } catch {
    // It holds for this visit.
  }
  // Charts are drawn in pixels and have to be drawn again.
  dispatchEvent(new Event('tessera:theme'))
}
