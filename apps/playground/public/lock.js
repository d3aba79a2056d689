import {
  act,
  byId,
  colourOf,
  follow,
  keyed,
  label,
  make,
  number,
  setText,
  shortFence,
  showEvents,
  showFence,
  workerCard,
} from './live.js';
import { drawLanes, showHolds } from './lock-history.js';

const DOING = {
  starting: 'starting',
  waiting: 'waits for the lock',
  holding: 'holds the lock',
  resting: 'rests',
};

let state;
let receivedAt = 0;

follow('lock', (snapshot) => {
  state = snapshot;
  receivedAt = performance.now();
  showHolder();
  showRegister();
  showWorkers();
  showHolds(byId('holds'), state);
  showEvents(state.events);
});

byId('add').addEventListener('click', () => act('lock/add'));
requestAnimationFrame(draw);

function draw() {
  if (state) {
    showDeadline();
    drawLanes(byId('lanes'), state, state.now + performance.now() - receivedAt);
  }
  requestAnimationFrame(draw);
}

function leftMs() {
  if (!state.holder) return 0;
  return Math.max(0, state.holder.remainingMs - (performance.now() - receivedAt));
}

function showHolder() {
  const { holder, workers } = state;
  const worker = workers.find(({ name }) => name === holder?.name);
  const colour = worker ? colourOf(worker.id) : 'var(--line)';
  const node = byId('holder');
  if (node.dataset.name !== (holder?.name ?? '')) {
    node.dataset.name = holder?.name ?? '';
    node.replaceChildren(make('span', 'dot'), holder?.name ?? 'nobody');
  }
  node.style.setProperty('--color', colour);
  byId('deadline').style.setProperty('--color', colour);
  byId('deadline').setAttribute('aria-valuenow', (leftMs() / 1000).toFixed(1));
  const waiting = workers.filter((each) => each.state === 'running' && each.doing === 'waiting');
  setText(byId('waiting'), waiting.map(({ name }) => name).join(', ') || 'nobody');
  if (holder) showFence(byId('fence'), holder.fence);
  else setText(byId('fence'), '–');
}

function showDeadline() {
  const left = leftMs();
  byId('deadline').firstElementChild.style.transform = `scaleX(${left / state.leaseMs})`;
  setText(byId('left'), state.holder ? `${(left / 1000).toFixed(1)} s` : '–');
}

function showRegister() {
  const { register } = state;
  setText(byId('accepted'), number(register.accepted));
  setText(byId('refused'), number(register.refused));
  setText(byId('writer'), register.by ?? '–');
  if (register.fence) showFence(byId('seen'), register.fence);
  keyed(
    byId('refusals'),
    register.refusals,
    ({ at, name }) => `${at} ${name}`,
    ({ name, fence, seen }) => {
      const item = make('li', '', `${name} offered `);
      const [offered, stands] = [fence, seen].map((it) => make('span', 'fence', shortFence(it)));
      item.append(offered, ', the register had seen ', stands);
      return item;
    },
    () => {},
  );
}

function showWorkers() {
  keyed(
    byId('workers'),
    state.workers,
    ({ id }) => id,
    (worker) =>
      workerCard(worker, ['pause', 'kill'], (action) => act(`lock/${action}/${worker.id}`)),
    (card, worker) => {
      const [pause, kill] = card.querySelectorAll('button');
      const { state: life } = worker;
      card.dataset.state = life;
      card.dataset.doing = life === 'running' ? worker.doing : '';
      const words = { dead: 'killed', paused: 'paused', running: DOING[worker.doing] };
      setText(card.querySelector('.doing'), words[life]);
      card.querySelector('.buttons').hidden = life === 'dead';
      label(pause, life === 'paused' ? 'resume' : 'pause', worker);
      label(kill, 'kill', worker);
    },
  );
}
