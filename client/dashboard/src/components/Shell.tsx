// The frame of every page: mark, places to go, how fresh the page is, theme, wallet.

import { type ReactNode, useEffect, useRef } from 'react'
import { Link, useLocation } from 'wouter'
import { useNetwork } from '../network/NetworkContext.tsx'
import { to } from '../paths.ts'
import { FreshnessBadge } from './FreshnessBadge.tsx'
import styles from './Shell.module.css'
import { ThemeSwitch } from './ThemeSwitch.tsx'
import { WalletButton } from './WalletButton.tsx'

const PLACES = [
  { path: to.runs(), name: 'Runs', within: /^\/(run\/.*)?$/ },
  { path: to.holder(), name: 'Holder', within: /^\/holder/ },
  { path: to.verify(), name: 'Verify', within: /^\/verify/ },
  { path: to.model(), name: 'Model', within: /^\/model/ },
  { path: to.status(), name: 'Status', within: /^\/status/ },
] as const

export function Shell({ children }: { readonly children: ReactNode }): ReactNode {
  const [location] = useLocation()
  const { network } = useNetwork()
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  // Keyboard and screen reader go on where the new page begins.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new location is what it waits for.
  useEffect(() => {
    if (first.current) first.current = false
    else {
      main.current?.focus({ preventScroll: true })
      scrollTo(0, 0)
    }
  }, [location])
  return (
    <div className={styles.shell}>
      {/* Not a link: the address behind # is the page's. */}
      <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header className={styles.header}>
        <div className={styles.bar}>
          <Link href={to.runs()} className={styles.brand} title="All runs">
            <img src="./mark.svg" alt="" width="26" height="26" />
            <span>Tessera</span> <span className={styles.network}>{network}</span>
          </Link>
          <nav className={styles.nav} aria-label="Pages">
            {PLACES.map(({ path, name, within }) => (
              <Link key={path} href={path} aria-current={within.test(location) ? 'page' : undefined}>
                {name}
              </Link>
            ))}
          </nav>
          <div className={styles.tools}>
            <FreshnessBadge />
            <ThemeSwitch />
            <WalletButton />
          </div>
        </div>
      </header>
      <main ref={main} tabIndex={-1} className={styles.main}>
        {children}
      </main>
      <footer className={styles.footer}>
        <p>
          Numbers are the indexer’s. <Link href={to.verify()}>Verify</Link> works any of them out again in this browser,
          from the chain and the blobs.
        </p>
      </footer>
    </div>
  )
}
