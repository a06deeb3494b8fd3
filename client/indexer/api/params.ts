// The parameters of a route as types and as a URL: what stands in braces in its path, and what its query may have.

import { type RouteName, routes } from './routes.ts'

type Value = string | number | bigint
export type InPath<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | InPath<Rest> : never
export type InQuery<N extends RouteName> = (typeof routes)[N] extends {
  readonly query: readonly (infer Name extends string)[]
}
  ? Name
  : never

/** What to ask a route with: everything of its path, and of its query what is wanted. */
export type Params<N extends RouteName> = {
  readonly [K in InPath<(typeof routes)[N]['path']>]: Value
} & { readonly [K in InQuery<N>]?: Value | undefined }

/** @param base absolute; what it has as a path stays in front. */
export function routeUrl<N extends RouteName>(base: string, name: N, params: Params<N>): URL {
  const given: Readonly<Record<string, Value | undefined>> = params
  const route: { readonly path: string; readonly query?: readonly string[] } = routes[name]
  const path = route.path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(given[key] ?? '')))
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`
  url.search = ''
  for (const key of route.query ?? []) {
    const value = given[key]
    if (value !== undefined) url.searchParams.set(key, String(value))
  }
  return url
}
