// The static build of the dashboard: relative addresses and routes behind `#`, so that the folder can be pinned and opened from any
// gateway, below any path.

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { browserOnly } from './browserOnly.ts'

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [browserOnly(), react()],
  build: {
    target: 'es2023',
    // Pinned builds are compared by their bytes.
    sourcemap: false,
    // A font as a data URL would be loaded by all, whether they need it or not.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  worker: { format: 'es', plugins: () => [browserOnly()] },
})
