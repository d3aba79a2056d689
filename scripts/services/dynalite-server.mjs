// A local DynamoDB in a process of its own: `node dynalite-server.mjs PORT [FOLDER]`. With a folder
// the tables outlive it.
import dynalite from 'dynalite';

const [port, path] = process.argv.slice(2);
const server = dynalite({
  createTableMs: 0,
  deleteTableMs: 0,
  updateTableMs: 0,
  ...(path && { path }),
});
server.prependListener('request', (_, response) => response.setHeader('x-process', process.pid));
server.listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
