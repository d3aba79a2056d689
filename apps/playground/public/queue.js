import { act, byId, keyed, make, number, setText } from './live.js';
import { followWorkers } from './workers.js';

const STATES = ['completed', 'active', 'waiting', 'delayed', 'dead'];

followWorkers('queue', {
  show(state) {
    showJobs(state);
    showLetters(state);
  },
  buttons: { redrive: 'redrive', pause: ({ stats }) => (stats?.paused ? 'resume' : 'pause') },
  data: ({ jobs }) => ({ jobs: jobs.length }),
  doing({ state, jobs }) {
    if (state === 'dead') return 'was killed';
    if (jobs.length === 0) return 'has nothing to do';
    const names = jobs.map(({ number, attempt }) => {
      return attempt > 1 ? `${number} (attempt ${attempt})` : `${number}`;
    });
    return `works on ${names.join(', ')}`;
  },
});

for (const button of document.querySelectorAll('[data-enqueue]')) {
  button.addEventListener('click', () => act(`queue/${button.dataset.enqueue}`));
}

function showJobs({ stats, counts }) {
  const numbers = { ...stats, completed: counts.completed };
  for (const name of STATES) setText(byId(name), number(numbers[name]));
  for (const name of ['enqueued', 'retried', 'twice']) setText(byId(name), number(counts[name]));
  setText(byId('pause'), stats.paused ? 'Resume' : 'Pause');
  keyed(
    byId('bars'),
    STATES.filter((name) => numbers[name] > 0),
    (name) => name,
    (name) => {
      const bar = make('div');
      bar.dataset.state = name;
      return bar;
    },
    (bar, name) => {
      bar.style.flexGrow = String(numbers[name]);
    },
  );
  showVerdict(stats, counts);
}

function showVerdict({ waiting, active, delayed, dead, paused }, { enqueued, completed, twice }) {
  const verdict = byId('verdict');
  const open = waiting + active + delayed;
  if (enqueued === 0) setText(verdict, 'Nothing has been enqueued yet.');
  else if (twice > 0) setText(verdict, 'This should not happen: a job that was done came back.');
  else if (open > 0) setText(verdict, paused ? 'Paused: nothing is delivered.' : 'At work.');
  else if (completed + dead >= enqueued) {
    setText(verdict, `All ${number(enqueued)} are accounted for: none lost, none done twice.`);
  } else setText(verdict, 'At work.');
  const over = enqueued > 0 && open === 0 && completed + dead >= enqueued;
  verdict.dataset.state = twice > 0 ? 'bad' : over ? 'good' : '';
}

function showLetters({ dead }) {
  byId('redrive').hidden = dead.length < 2;
  keyed(
    byId('letters'),
    dead,
    ({ number }) => number,
    ({ number, attempts, reason }) => {
      const item = make('li', 'row');
      const button = make('button', '', 'Redrive');
      button.type = 'button';
      button.setAttribute('aria-label', `Redrive job ${number}`);
      button.addEventListener('click', () => act(`queue/redrive/${number}`));
      item.append(make('span', '', `Job ${number}: ${attempts} attempts, ${reason}`), button);
      return item;
    },
    () => {},
  );
}
