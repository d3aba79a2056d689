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

const WIDTH = 600;
const HEIGHT = 200;
/** The line of the limit is so far from the top. */
const LIMIT_Y = 40;

follow('limiter', (state) => {
  showFigures(state);
  showCurve(state);
  showWorkers(state);
  showEvents(state.events);
});

for (const id of ['less', 'more', 'add']) {
  byId(id).addEventListener('click', () => act(`limiter/${id}`));
}

function showFigures({ limit, windowMs, perWorker, most, held, allowed, refused, failed }) {
  setText(byId('rule'), `${limit} in ${windowMs / 1_000} s`);
  setText(byId('limit'), number(limit));
  setText(byId('fire'), number(perWorker));
  setText(byId('most'), number(most));
  setText(byId('allowed'), number(allowed));
  setText(byId('refused'), number(refused));
  setText(byId('failed'), number(failed));
  const verdict = byId('verdict');
  verdict.dataset.state = allowed === 0 ? '' : most <= limit ? 'good' : 'bad';
  if (allowed === 0) setText(verdict, 'Nothing was called yet.');
  else if (most > limit) setText(verdict, 'This should not happen: a window held too much.');
  else setText(verdict, `The window holds ${held} of ${limit} now. None has ever held more.`);
}

function showCurve({ points, limit }) {
  const perCall = (HEIGHT - LIMIT_Y) / limit;
  const step = WIDTH / (points.length - 1);
  const drawn = points.map(
    (held, index) => `${(index * step).toFixed(1)},${(HEIGHT - held * perCall).toFixed(1)}`,
  );
  byId('curve').setAttribute('points', drawn.join(' '));
}

function showWorkers({ workers }) {
  keyed(
    byId('workers'),
    workers,
    ({ id }) => id,
    (worker) => workerCard(worker, ['kill'], (action) => act(`limiter/${action}/${worker.id}`)),
    (card, worker) => {
      const dead = worker.state === 'dead';
      card.dataset.state = worker.state;
      const life = dead ? 'killed: ' : '';
      const counts = `${number(worker.allowed)} allowed, ${number(worker.refused)} refused`;
      setText(card.querySelector('.doing'), life + counts);
      card.querySelector('.buttons').hidden = dead;
      label(card.querySelector('button'), 'kill', worker);
    },
  );
}
