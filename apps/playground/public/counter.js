import {
  act,
  byId,
  follow,
  keyed,
  label,
  number,
  setText,
  showEvents,
  workerCard,
} from './live.js';

let state;

follow('counter', (snapshot) => {
  state = snapshot;
  showBooks();
  showRate();
  showWorkers();
  showEvents(state.events);
});

byId('start').addEventListener('click', () => act(`counter/${state?.on ? 'stop' : 'start'}`));
byId('reset').addEventListener('click', () => act('counter/reset'));
byId('add').addEventListener('click', () => act('counter/add'));

function showBooks() {
  const { on, seen, total } = state;
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

function showRate() {
  setText(byId('rate'), number(state.rate));
  const most = Math.max(1, ...state.rates);
  const step = 240 / 59;
  const from = 60 - state.rates.length;
  const points = state.rates.map((rate, index) => {
    return `${((from + index) * step).toFixed(1)},${(57 - (rate / most) * 54).toFixed(1)}`;
  });
  byId('spark').setAttribute('points', points.join(' '));
}

function showWorkers() {
  keyed(
    byId('workers'),
    state.workers,
    ({ id }) => id,
    (worker) => workerCard(worker, ['kill'], (action) => act(`counter/${action}/${worker.id}`)),
    (card, worker) => {
      const dead = worker.state === 'dead';
      card.dataset.state = worker.state;
      const doubt = worker.inDoubt > 0 ? `, ${number(worker.inDoubt)} in doubt` : '';
      const life = dead ? 'killed: ' : '';
      setText(
        card.querySelector('.doing'),
        `${life}${number(worker.acknowledged)} acknowledged${doubt}`,
      );
      card.querySelector('.buttons').hidden = dead;
      label(card.querySelector('button'), 'kill', worker);
    },
  );
}
