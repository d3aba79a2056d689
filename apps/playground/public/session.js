import { act, byId, follow, keyed, make, setText, showEvents } from './live.js';

const DEVICE_ACTIONS = [
  ['visit', 'Visit'],
  ['log-in-ada', 'Log in as ada'],
  ['log-in-grace', 'Log in as grace'],
  ['log-out', 'Log out'],
  ['two-fields', 'Two tabs, two fields'],
  ['one-field', 'Two tabs, one field'],
  ['race', 'Log out during a save'],
];

follow('session', ({ devices, users, events }) => {
  keyed(byId('devices'), devices, ({ id }) => id, deviceCard, showDevice);
  keyed(byId('users'), users, ({ user }) => user, userCard, showUser);
  showEvents(events);
});

function button(text, name, path, className = '') {
  const node = make('button', className, text);
  node.type = 'button';
  node.setAttribute('aria-label', name);
  node.addEventListener('click', () => act(path));
  return node;
}

function fact(list, term, field) {
  const row = make('div');
  const value = make('dd');
  value.dataset.field = field;
  row.append(make('dt', '', term), value);
  list.append(row);
}

function deviceCard({ id, name }) {
  const card = make('section', 'panel device');
  card.setAttribute('aria-label', name);
  const facts = make('dl', 'facts');
  fact(facts, 'Id in the cookie', 'cookie');
  fact(facts, 'Id before the log-in', 'before');
  fact(facts, 'Theme', 'theme');
  fact(facts, 'Cart', 'cart');
  const buttons = make('div', 'buttons');
  for (const [action, text] of DEVICE_ACTIONS) {
    buttons.append(button(text, `${text}: ${name}`, `session/${action}/${id}`));
  }
  const who = make('p', 'big');
  who.dataset.field = 'who';
  card.append(make('h2', '', name), who, facts, buttons);
  return card;
}

function showDevice(card, { alive, user, cookie, before, theme, cart }) {
  card.dataset.alive = alive;
  const set = (field, text) => setText(card.querySelector(`[data-field=${field}]`), text);
  set('who', alive ? (user ?? 'a guest') : 'no session');
  set('cookie', cookie ? `${cookie}… ${alive ? 'lives' : 'opens nothing'}` : 'none');
  set('before', before ? `${before.cookie}… ${before.alive ? 'lives' : 'dead'}` : 'none');
  set('theme', theme ?? '–');
  set('cart', cart === undefined ? '–' : String(cart));
}

function userCard({ user }) {
  const card = make('section', 'user');
  card.setAttribute('aria-label', user);
  const head = make('div', 'row');
  head.append(
    make('h3', '', user),
    button('Revoke all', `Revoke all of ${user}`, `session/revoke-all-${user}`, 'danger'),
  );
  card.append(head, make('ul', 'sessions'), make('p', 'hint none', 'Nowhere.'));
  return card;
}

function showUser(card, { user, sessions }) {
  card.querySelector('.none').hidden = sessions.length > 0;
  keyed(
    card.querySelector('ul'),
    sessions,
    ({ device }) => device,
    ({ device, name }) => {
      const item = make('li', 'row');
      item.append(
        make('span', '', name),
        button('Revoke', `Revoke ${user} on the ${name}`, `session/revoke/${device}`),
      );
      return item;
    },
    () => {},
  );
}
