import { byId, colourOf, keyed, make, number, setText, shortFence, showFence } from './live.js';
import { drawLanes, showHolds } from './lock-history.js';
import { followWorkers } from './workers.js';

const DOING = {
  starting: 'starting',
  waiting: 'waits for the lock',
  holding: 'holds the lock',
  resting: 'rests',
};

let state;
let receivedAt = 0;

followWorkers('lock', {
  show(snapshot) {
    state = snapshot;
    receivedAt = performance.now();
    showHolder();
    showRegister();
    showHolds(byId('holds'), state);
  },
  actions: ({ state }) => [state === 'paused' ? 'resume' : 'pause', 'kill'],
  data: ({ state, doing }) => ({ doing: state === 'running' ? doing : '' }),
  doing: ({ state, doing }) => ({ dead: 'killed', paused: 'paused', running: DOING[doing] })[state],
});

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
