import { byId, number, setText } from './live.js';
import { followWorkers, life } from './workers.js';

const WIDTH = 600;
const HEIGHT = 200;
/** The line of the limit is so far from the top. */
const LIMIT_Y = 40;

followWorkers('limiter', {
  show(state) {
    showFigures(state);
    showCurve(state);
  },
  buttons: { less: 'less', more: 'more' },
  doing(worker) {
    const counts = `${number(worker.allowed)} allowed, ${number(worker.refused)} refused`;
    return life(worker) + counts;
  },
});

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
