import { withKey } from '../errors/errors.js';
import { isKvError } from '../errors/kv-error.js';
import type { Command, KeyFace, Next, ResultOf, ScanCommand } from '../hooks/hook.js';

/** A layer that rewrites the keys of every command, of its answer and of its errors. */
export function keyLayer(face: KeyFace, next: Next): Next {
  return async <C extends Command>(command: C): Promise<ResultOf<C>> => {
    try {
      const answer = await next(rewrite(command, face));
      if (command.verb !== 'scan') return answer as ResultOf<C>;
      const page = answer as ResultOf<ScanCommand>;
      return { ...page, keys: page.keys.map((key) => face.from(key)) } as ResultOf<C>;
    } catch (error) {
      if (isKvError(error) && error.key !== undefined) throw withKey(error, face.from(error.key));
      throw error;
    }
  };
}

function rewrite(command: Command, face: KeyFace): Command {
  const rekey = <T extends { readonly key: string }>(item: T): T => ({
    ...item,
    key: face.to(item.key),
  });
  switch (command.verb) {
    case 'get':
      return { ...command, keys: command.keys.map((key) => face.to(key)) };
    case 'write':
      return { ...command, writes: command.writes.map(rekey) };
    case 'increment':
      return { ...command, increment: rekey(command.increment) };
    case 'mutate':
      return rekey(command);
    case 'commit':
      return { ...command, checks: command.checks.map(rekey), writes: command.writes.map(rekey) };
    case 'sortedChange':
    case 'sortedQuery': {
      const { set } = command;
      return { ...command, set: { ...set, key: face.to(set.key), aside: face.to(set.aside) } };
    }
    case 'scan': {
      const { request } = command;
      return { ...command, request: { ...request, prefix: face.to(request.prefix) } };
    }
  }
}
