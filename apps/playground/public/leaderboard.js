import { byId, keyed, make, number, setText } from './live.js';
import { followWorkers, life } from './workers.js';

followWorkers('leaderboard', {
  show({ on, total, top, around, you }) {
    setText(byId('start'), on ? 'Stop' : 'Start');
    setText(byId('total'), number(total));
    showRows('top', top, you);
    showRows('around', around, you);
    byId('absent').hidden = around.length > 0;
  },
  buttons: { start: ({ on }) => (on ? 'stop' : 'start'), score: 'score' },
  doing: (worker) => `${life(worker)}${number(worker.points)} points given`,
});

function showRows(id, rows, you) {
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
      line.dataset.you = row.member === you;
      setText(line.children[0], number(row.rank));
      setText(line.children[1], row.member);
      setText(line.children[2], number(row.score));
    },
  );
}
