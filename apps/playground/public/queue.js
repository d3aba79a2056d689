import {
  act,
  byId,
  follow,
  keyed,
  label,
  make,
  number,
  setText,
  showEvents,
  workerCard,
} from './live.js';

const STATES = ['completed', 'active', 'waiting', 'delayed', 'dead'];

let state;

follow('queue', (snapshot) => {
  state = snapshot;
  showJobs();
  showWorkers();
  showLetters();
  showEvents(state.events);
});

byId('add').addEventListener('click', () => act('queue/add'));
byId('redrive').addEventListener('click', () => act('queue/redrive'));
byId('pause').addEventListener('click', () => {
  act(`queue/${state?.stats.paused ? 'resume' : 'pause'}`);
});
for (const button of document.querySelectorAll('[data-enqueue]')) {
  button.addEventListener('click', () => act(`queue/${button.dataset.enqueue}`));
}

function showJobs() {
  const { stats, counts } = state;
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

function showWorkers() {
  keyed(
    byId('workers'),
    state.workers,
    ({ id }) => id,
    (worker) => workerCard(worker, ['kill'], (action) => act(`queue/${action}/${worker.id}`)),
    (card, worker) => {
      const dead = worker.state === 'dead';
      card.dataset.state = worker.state;
      card.dataset.jobs = String(worker.jobs.length);
      const jobs = worker.jobs.map(({ number, attempt }) => {
        return attempt > 1 ? `${number} (attempt ${attempt})` : `${number}`;
      });
      const doing = jobs.length > 0 ? `works on ${jobs.join(', ')}` : 'has nothing to do';
      setText(card.querySelector('.doing'), dead ? 'was killed' : doing);
      card.querySelector('.buttons').hidden = dead;
      label(card.querySelector('button'), 'kill', worker);
    },
  );
}

function showLetters() {
  byId('redrive').hidden = state.dead.length < 2;
  keyed(
    byId('letters'),
    state.dead,
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
