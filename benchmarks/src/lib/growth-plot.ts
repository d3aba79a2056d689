/** A line of the plot. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [size: number, micros: number])[];
  /** Dashes instead of a line. */
  readonly dashed?: boolean;
  /** Lines of one group have one colour. Default: each its own. */
  readonly group?: number;
}

const WIDTH = 640;
const HEIGHT = 360;
const LEFT = 64;
const RIGHT = 136;
const TOP = 44;
const BOTTOM = 48;
/** Height of a label. */
const LABEL = 14;
const COLOURS = ['#2c6e4d', '#2b6cb0', '#b05f10', '#8b4a9c', '#b03a5b'];

/** A plot of cost by size, both axes logarithmic: a flat line is a cost that does not grow. */
export function growthPlot(title: string, unit: string, series: readonly Series[]): string {
  const sizes = series.flatMap(({ points }) => points.map(([size]) => Math.log10(size)));
  const costs = series.flatMap(({ points }) => points.map(([, cost]) => Math.log10(cost)));
  const [fromX, toX] = [Math.min(...sizes), Math.max(...sizes)];
  const [fromY, toY] = [Math.floor(Math.min(...costs)), Math.ceil(Math.max(...costs))];
  const x = (log: number): number =>
    LEFT + ((log - fromX) / (toX - fromX)) * (WIDTH - LEFT - RIGHT);
  const y = (log: number): number =>
    HEIGHT - BOTTOM - ((log - fromY) / (toY - fromY)) * (HEIGHT - TOP - BOTTOM);

  const parts = [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 24, title, 'font-weight="600"'),
  ];
  for (let log = fromY; log <= toY; log += 1) {
    parts.push(
      `<path d="M${LEFT} ${round(y(log))}H${WIDTH - RIGHT}" stroke="#dde3df"/>`,
      text(LEFT - 8, y(log) + 4, `${10 ** log} µs`, 'text-anchor="end"'),
    );
  }
  for (let log = Math.ceil(fromX); log <= toX; log += 1) {
    parts.push(
      text(x(log), HEIGHT - BOTTOM + 18, (10 ** log).toLocaleString('en'), 'text-anchor="middle"'),
    );
  }
  parts.push(text(x((fromX + toX) / 2), HEIGHT - 8, unit, 'text-anchor="middle"'));
  const ends = series.map(({ points }) => y(Math.log10(points.at(-1)?.[1] ?? 1)));
  const labels = apart(ends);
  series.forEach(({ name, points, dashed, group }, index) => {
    const colour = COLOURS[(group ?? index) % COLOURS.length];
    const dash = dashed ? ' stroke-dasharray="5 4"' : '';
    const line = points.map(
      ([size, cost]) => `${round(x(Math.log10(size)))},${round(y(Math.log10(cost)))}`,
    );
    parts.push(
      `<polyline points="${line.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>`,
      text(WIDTH - RIGHT + 8, labels[index]! + 4, name, `fill="${colour}"`),
    );
  });
  const size = `width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}"`;
  const font = 'font-family="sans-serif" font-size="12"';
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font} role="img">\n<title>${title}</title>\n${parts.join('\n')}\n</svg>\n`;
}

/** The same heights, moved so that no two labels cover each other. */
function apart(heights: readonly number[]): number[] {
  const order = heights.map((_, index) => index).sort((a, b) => heights[a]! - heights[b]!);
  const moved = [...heights];
  for (const [nth, index] of order.entries()) {
    const before = nth > 0 ? moved[order[nth - 1]!]! + LABEL : 0;
    moved[index] = Math.max(heights[index]!, before);
  }
  return moved;
}

function text(x: number, y: number, words: string, more: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${more}>${words}</text>`;
}

function round(value: number): string {
  return value.toFixed(1);
}
