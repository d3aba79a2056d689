/** A line of the plot. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [waiting: number, micros: number])[];
}

const WIDTH = 640;
const HEIGHT = 360;
const LEFT = 64;
const RIGHT = 110;
const TOP = 44;
const BOTTOM = 48;
const COLOURS = ['#2c6e4d', '#2b6cb0', '#b05f10', '#8b4a9c', '#b03a5b'];

/** A plot of cost by size, both axes logarithmic: a flat line is a cost that does not grow. */
export function growthPlot(title: string, series: readonly Series[]): string {
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
  parts.push(text(x((fromX + toX) / 2), HEIGHT - 8, 'jobs waiting', 'text-anchor="middle"'));
  series.forEach(({ name, points }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const line = points.map(
      ([size, cost]) => `${round(x(Math.log10(size)))},${round(y(Math.log10(cost)))}`,
    );
    const last = points.at(-1);
    parts.push(
      `<polyline points="${line.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    );
    if (last)
      parts.push(text(WIDTH - RIGHT + 8, y(Math.log10(last[1])) + 4, name, `fill="${colour}"`));
  });
  const size = `width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}"`;
  const font = 'font-family="sans-serif" font-size="12"';
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font} role="img">\n<title>${title}</title>\n${parts.join('\n')}\n</svg>\n`;
}

function text(x: number, y: number, words: string, more: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${more}>${words}</text>`;
}

function round(value: number): string {
  return value.toFixed(1);
}
