import { fileURLToPath } from 'node:url';
import { ChildProgram } from '../../../tests/support/child.js';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** A program of `children/`. */
export class Child extends ChildProgram {
  constructor(name: string, ...args: string[]) {
    super({ folder, external: 'level' }, name, args);
  }
}
