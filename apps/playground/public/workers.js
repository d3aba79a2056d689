// What the pages of worker processes share: their cards, their buttons, and what happened.
import { act, byId, colourOf, follow, keyed, make, setText, showEvents } from './live.js';

/**
 * Follows a demo. `show` draws what is the page's own; `doing` says what a worker does; `buttons` are actions
 * by the id of their button, or functions that make one of the latest snapshot; `actions` are those of a
 * worker's own buttons; `data` is set on its card.
 */
export function followWorkers(demo, options) {
  const { show, doing, buttons = {}, actions = () => ['kill'], data = () => ({}) } = options;
  let state = {};
  follow(demo, (snapshot) => {
    state = snapshot;
    show(state);
    keyed(
      byId('workers'),
      state.workers,
      ({ id }) => id,
      (worker) => workerCard(demo, worker, actions(worker)),
      (card, worker) => {
        Object.assign(card.dataset, { state: worker.state, ...data(worker) });
        setText(card.querySelector('.doing'), doing(worker));
        const row = card.querySelector('.buttons');
        row.hidden = worker.state === 'dead';
        for (const [index, action] of actions(worker).entries())
          label(row.children[index], action, worker);
      },
    );
    showEvents(state.events);
  });
  for (const [id, action] of Object.entries({ ...buttons, add: 'add' })) {
    byId(id).addEventListener('click', () => {
      act(`${demo}/${typeof action === 'function' ? action(state) : action}`);
    });
  }
}

/** What stands before the deeds of a worker that is dead. */
export function life({ state }) {
  return state === 'dead' ? 'killed: ' : '';
}

function workerCard(demo, worker, actions) {
  const card = make('li', 'worker');
  card.style.setProperty('--color', colourOf(worker.id));
  const head = make('div', 'row');
  head.append(make('span', 'name', worker.name), make('span', 'pid', `process ${worker.pid}`));
  const buttons = make('div', 'buttons');
  for (const action of actions) {
    const button = make('button', action === 'kill' ? 'danger' : '');
    button.type = 'button';
    button.addEventListener('click', () => act(`${demo}/${button.dataset.action}/${worker.id}`));
    buttons.append(button);
  }
  card.append(head, make('div', 'doing'), buttons);
  return card;
}

/** Names a button for the eye and, with the worker's name, for the ear. */
function label(button, action, worker) {
  const text = action[0].toUpperCase() + action.slice(1);
  if (button.dataset.action === action && button.textContent === text) return;
  button.dataset.action = action;
  button.textContent = text;
  button.setAttribute('aria-label', `${text} ${worker.name}`);
}
