// Slither's findings against those that were looked at. A finding is known by what it is about, not by its line: the detector, the
// function or variable, and the expressions inside it. So code may move, and another expression in the same function is new.

export interface SlitherFinding {
  readonly check: string
  readonly impact: string
  /** Contract.function: expression; expression */
  readonly at: string
  /** As Slither words it, with files and lines. */
  readonly text: string
}

export interface Accepted {
  readonly check: string
  /** A finding's `at` as a whole, or the contract or function that it begins with. */
  readonly at: string
  readonly why: string
}

interface Element {
  readonly type: string
  readonly name: string
  readonly type_specific_fields?: { readonly parent?: Element }
}

interface Detection {
  readonly check: string
  readonly impact: string
  readonly description: string
  readonly elements: readonly Element[]
}

/** The findings in the file that `slither --json` writes, without doubles. Throws Slither's own message if it gave up. */
export function slitherFindings(json: string): SlitherFinding[] {
  const { success, error, results } = JSON.parse(json) as {
    readonly success: boolean
    readonly error: string | null
    readonly results: { readonly detectors?: readonly Detection[] }
  }
  if (!success) throw new Error(`Slither gave up: ${error}`)
  const found = (results.detectors ?? []).map(({ check, impact, description, elements }) => {
    const [first, ...rest] = elements
    // A block of assembly is a node without a name.
    const nodes = new Set(rest.filter(({ type, name }) => type === 'node' && name !== '').map(({ name }) => name))
    const place = first === undefined ? (description.split('\n')[0] ?? '') : placeOf(first)
    const at = nodes.size === 0 ? place : `${place}: ${[...nodes].join('; ')}`
    return { check, impact, at, text: description.trim() }
  })
  return [...new Map(found.map((finding) => [`${finding.check} ${finding.at}`, finding])).values()]
}

function placeOf({ name, type, type_specific_fields: fields }: Element): string {
  const parent = fields?.parent
  if (parent === undefined) return name
  // An expression is named by the function that it stands in.
  return type === 'node' ? `${placeOf(parent)}: ${name}` : `${placeOf(parent)}.${name}`
}

/** Findings that nobody has accepted, and entries that no finding needs any more. */
export function triage(
  findings: readonly SlitherFinding[],
  accepted: readonly Accepted[],
): { readonly fresh: readonly SlitherFinding[]; readonly stale: readonly Accepted[] } {
  return {
    fresh: findings.filter((finding) => !accepted.some((entry) => covers(entry, finding))),
    stale: accepted.filter((entry) => !findings.some((finding) => covers(entry, finding))),
  }
}

function covers({ check, at }: Accepted, finding: SlitherFinding): boolean {
  if (check !== finding.check || !finding.at.startsWith(at)) return false
  return ['', '.', ':'].includes(finding.at.charAt(at.length))
}
