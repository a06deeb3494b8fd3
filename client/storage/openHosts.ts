// The host guard of a browser: none. What a page may reach is for the browser to say, and a page is inside no network of ours.

export function isPrivateHost(_host: string): boolean {
  return false
}
