// The strips and the table of who held the lock when.
import { colourOf, keyed, make, setText, shortFence, showFence } from './live.js';

const SHOWN_MS = 45_000;
const ROWS = 8;

const ENDS = {
  released: 'released',
  expired: 'ran out',
  lost: 'ran out, found on waking',
};

/** Draws a lane for each worker that held the lock in the time shown. */
export function drawLanes(lanes, { holds, workers }, now) {
  const start = now - SHOWN_MS;
  const shown = holds.filter(({ to }) => to === undefined || to > start);
  const names = new Map(workers.map(({ id, name }) => [id, name]));
  for (const { worker, name } of shown) names.set(worker, name);
  keyed(
    lanes,
    [...names].sort(([a], [b]) => a - b),
    ([id]) => id,
    ([id, name]) => {
      const lane = make('div', 'lane');
      lane.style.setProperty('--color', colourOf(id));
      lane.append(make('span', '', name), make('div', 'track'));
      return lane;
    },
    (lane, [id]) => {
      const own = shown.filter(({ worker }) => worker === id);
      keyed(
        lane.lastElementChild,
        own,
        ({ fence }) => fence,
        makeBlock,
        (block, hold) => {
          const from = Math.max(hold.from, start);
          const to = hold.to ?? now;
          block.style.left = `${((from - start) / SHOWN_MS) * 100}%`;
          block.style.width = `${Math.max(0.4, ((to - from) / SHOWN_MS) * 100)}%`;
          block.dataset.end = hold.end ?? '';
        },
      );
    },
  );
}

function makeBlock({ fence }) {
  const block = make('div', 'hold');
  block.append(make('span', '', shortFence(fence)));
  block.title = `fence ${fence}`;
  return block;
}

/** The same as a table, newest first, with the whole fence. */
export function showHolds(body, { holds, now }) {
  keyed(
    body,
    [...holds].reverse().slice(0, ROWS),
    ({ fence }) => fence,
    (hold) => {
      const row = make('tr');
      const who = make('span', 'who');
      who.style.setProperty('--color', colourOf(hold.worker));
      who.append(make('span', 'dot'), hold.name);
      const name = make('td');
      name.append(who);
      const fence = make('td', 'fence');
      showFence(fence, hold.fence);
      row.append(name, fence, make('td', 'number'), make('td'));
      return row;
    },
    (row, { from, to, end }) => {
      setText(row.children[2], `${(((to ?? now) - from) / 1000).toFixed(1)} s`);
      setText(row.children[3], end ? ENDS[end] : 'holds it');
    },
  );
}
