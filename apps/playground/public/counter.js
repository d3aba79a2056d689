import { byId, number, setText } from './live.js';
import { followWorkers, life } from './workers.js';

followWorkers('counter', {
  show(state) {
    showBooks(state);
    showRate(state);
  },
  buttons: { start: ({ on }) => (on ? 'stop' : 'start'), reset: 'reset' },
  doing(worker) {
    const doubt = worker.inDoubt > 0 ? `, ${number(worker.inDoubt)} in doubt` : '';
    return `${life(worker)}${number(worker.acknowledged)} acknowledged${doubt}`;
  },
});

function showBooks({ on, seen, total }) {
  setText(byId('start'), on ? 'Stop' : 'Start');
  byId('reset').disabled = on || total.inFlight > 0;
  setText(byId('doubt'), number(total.inDoubt));
  setText(byId('flight'), number(total.inFlight));
  setText(byId('refused'), number(total.refused));
  const { value, least, most, settled } = seen ?? { value: 0, least: 0, most: 0, settled: true };
  setText(byId('least'), number(least));
  setText(byId('actual'), number(value));
  setText(byId('most'), number(most));
  setText(byId('sign-least'), sign(least, value));
  setText(byId('sign-most'), sign(value, most));
  setText(byId('most-label'), settled ? 'with those in doubt' : 'with those in doubt or under way');
  showVerdict(value, least, most, settled);
}

function sign(a, b) {
  if (a === b) return '=';
  return a < b ? '≤' : '>';
}

function showVerdict(value, least, most, settled) {
  const verdict = byId('verdict');
  const right = least <= value && value <= most;
  verdict.dataset.state = most === 0 ? '' : right ? 'good' : 'bad';
  if (most === 0) setText(verdict, 'Nothing has been counted yet.');
  else if (!right) setText(verdict, 'This should not happen: the books and the store disagree.');
  else if (!settled) setText(verdict, 'So far nothing is lost and nothing counted twice.');
  else if (least === most)
    setText(verdict, 'Exact: every addition counted once, none was in doubt.');
  else {
    const doubtful = `${number(value - least)} of ${number(most - least)} in doubt had counted.`;
    setText(verdict, `Nothing lost, nothing counted twice. ${doubtful}`);
  }
}

function showRate({ rate: now, rates }) {
  setText(byId('rate'), number(now));
  const most = Math.max(1, ...rates);
  const step = 240 / 59;
  const from = 60 - rates.length;
  const points = rates.map((rate, index) => {
    return `${((from + index) * step).toFixed(1)},${(57 - (rate / most) * 54).toFixed(1)}`;
  });
  byId('spark').setAttribute('points', points.join(' '));
}
