// Mounts the dashboard. The theme is set before the first paint.

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { applyTheme, storedTheme } from './theme.ts'
import './styles/tokens.css'
import './styles/base.css'

applyTheme(storedTheme())
const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
