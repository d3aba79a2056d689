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

let state;

follow('leaderboard', (snapshot) => {
  state = snapshot;
  setText(byId('start'), state.on ? 'Stop' : 'Start');
  setText(byId('total'), number(state.total));
  showRows('top', state.top);
  showRows('around', state.around);
  byId('absent').hidden = state.around.length > 0;
  showWorkers();
  showEvents(state.events);
});

byId('start').addEventListener('click', () => act(`leaderboard/${state?.on ? 'stop' : 'start'}`));
byId('score').addEventListener('click', () => act('leaderboard/score'));
byId('add').addEventListener('click', () => act('leaderboard/add'));

function showRows(id, rows) {
  const tied = (row) => rows.some((other) => other !== row && other.rank === row.rank);
  keyed(
    byId(id),
    rows,
    ({ member }) => member,
    () => {
      const line = make('tr');
      line.append(make('td', 'number'), make('td'), make('td', 'number'));
      return line;
    },
    (line, row) => {
      line.dataset.tied = tied(row);
      line.dataset.you = row.member === state.you;
      setText(line.children[0], number(row.rank));
      setText(line.children[1], row.member);
      setText(line.children[2], number(row.score));
    },
  );
}

function showWorkers() {
  keyed(
    byId('workers'),
    state.workers,
    ({ id }) => id,
    (worker) => workerCard(worker, ['kill'], (action) => act(`leaderboard/${action}/${worker.id}`)),
    (card, worker) => {
      const dead = worker.state === 'dead';
      card.dataset.state = worker.state;
      setText(
        card.querySelector('.doing'),
        `${dead ? 'killed: ' : ''}${number(worker.points)} points given`,
      );
      card.querySelector('.buttons').hidden = dead;
      label(card.querySelector('button'), 'kill', worker);
    },
  );
}
