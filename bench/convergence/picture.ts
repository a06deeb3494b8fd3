// Loss curves as an SVG that reads on a light and on a dark page.

export interface Curve {
  readonly label: string
  /** [round, loss] */
  readonly points: readonly (readonly [number, number])[]
}

const WIDTH = 720
const HEIGHT = 400
const FRAME = { left: 56, right: 190, top: 16, bottom: 44 } as const
/** Told apart also by those who do not see red and green apart (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#999999']

export function picture(curves: readonly Curve[], title: string): string {
  const points = curves.flatMap((curve) => curve.points)
  const lastRound = Math.max(...points.map(([round]) => round))
  const low = Math.floor(Math.min(...points.map(([, loss]) => loss)) * 5) / 5
  const high = Math.ceil(Math.max(...points.map(([, loss]) => loss)) * 5) / 5
  const x = (round: number): number => FRAME.left + (round / lastRound) * (WIDTH - FRAME.left - FRAME.right)
  const y = (loss: number): number => FRAME.top + ((high - loss) / (high - low)) * (HEIGHT - FRAME.top - FRAME.bottom)
  const ticks = Array.from({ length: 6 }, (_, tick) => low + ((high - low) * tick) / 5)
  const grid = ticks.map(
    (loss) =>
      `<line x1="${FRAME.left}" x2="${WIDTH - FRAME.right}" y1="${at(y(loss))}" y2="${at(y(loss))}" stroke="#8884"/>` +
      `<text x="${FRAME.left - 8}" y="${at(y(loss) + 4)}" text-anchor="end">${loss.toFixed(2)}</text>`,
  )
  const rounds = Array.from({ length: 5 }, (_, tick) => Math.round((lastRound * tick) / 4)).map(
    (round) => `<text x="${at(x(round))}" y="${HEIGHT - FRAME.bottom + 18}" text-anchor="middle">${round}</text>`,
  )
  const ends = apart(curves.map(({ points: own }) => y(own.at(-1)?.[1] ?? high)))
  const lines = curves.map(({ label, points: own }, index) => {
    const colour = COLOURS[index % COLOURS.length]
    const path = own.map(([round, loss]) => `${at(x(round))},${at(y(loss))}`).join(' ')
    return (
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>` +
      `<text x="${WIDTH - FRAME.right + 8}" y="${at((ends[index] ?? 0) + 4)}" fill="${colour}">${escaped(label)}</text>`
    )
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<title>${escaped(title)}</title>`,
    '<g font-family="system-ui, sans-serif" font-size="12" fill="#888">',
    ...grid,
    ...rounds,
    `<text x="${at(x(lastRound / 2))}" y="${HEIGHT - 8}" text-anchor="middle">rounds</text>`,
    ...lines,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

/** Heights of labels, moved so that none covers another. */
function apart(heights: readonly number[]): number[] {
  const order = heights.map((height, index) => ({ height, index })).sort((a, b) => a.height - b.height)
  const placed: number[] = []
  let last = Number.NEGATIVE_INFINITY
  for (const { height, index } of order) {
    last = Math.max(height, last + 15)
    placed[index] = last
  }
  return placed
}

function at(value: number): string {
  return value.toFixed(1)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
