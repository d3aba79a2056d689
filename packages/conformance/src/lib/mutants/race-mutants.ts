import { KvError } from '@grovekv/kv-core';
import type {
  DriverCall,
  Increment,
  IncrementResult,
  LocalMutation,
  Write,
} from '@grovekv/kv-core/driver';
import { type Mutant, mutant } from './mutant.js';
import { hop, ReferenceDriver } from './reference-driver.js';

/** Bugs that need concurrency, failures or an end to be seen. */
export const raceMutants: readonly Mutant[] = [
  mutant(
    'increment is a get and a set',
    'races',
    class extends ReferenceDriver {
      override async increment(increments: readonly Increment[], call: DriverCall) {
        const before = increments.map(({ key }) => this.database.slots.get(key));
        const results = await super.increment(increments, call);
        return results.map((result, index) => {
          const increment = increments[index];
          if (result instanceof Error || !increment || !result.applied) return result;
          const slot = before[index];
          if (slot) this.database.slots.set(increment.key, slot);
          else this.database.slots.delete(increment.key);
          return this.incrementOne(increment);
        });
      }
    },
  ),
  mutant(
    'increment ignores its bounds',
    'increment',
    class extends ReferenceDriver {
      protected override inBounds(): boolean {
        return true;
      }
    },
  ),
  mutant(
    'increment adds twice',
    'increment',
    class extends ReferenceDriver {
      protected override incrementOne(increment: Increment): IncrementResult | KvError {
        super.incrementOne(increment);
        return super.incrementOne(increment);
      }
    },
  ),
  mutant(
    'increment sets the ttl every time',
    'increment',
    class extends ReferenceDriver {
      protected override incrementOne(increment: Increment): IncrementResult | KvError {
        const result = super.incrementOne(increment);
        const { key, ttlOnCreate } = increment;
        if (ttlOnCreate) this.apply({ type: 'touch', key, condition: 'any', ttl: ttlOnCreate });
        return result;
      }
    },
  ),
  mutant(
    'increment takes any number for a counter',
    'increment',
    class extends ReferenceDriver {
      protected override parse(value: Uint8Array): number | KvError {
        const number = Number.parseInt(new TextDecoder().decode(value), 10);
        return Number.isNaN(number) ? super.parse(value) : number;
      }
    },
  ),
  mutant(
    'mutate runs its functions outside the transaction',
    'mutate',
    class extends ReferenceDriver {
      override async mutate(mutations: readonly LocalMutation[], _call: DriverCall) {
        await this.arrive();
        const writes = mutations.map(({ key, apply }) => apply(this.entry(this.live(key))));
        await hop();
        return writes.map((write) => {
          if (write) this.apply(write);
          return undefined;
        });
      }
    },
  ),
  mutant(
    'the condition is tried before the write, not with it',
    'races',
    class extends ReferenceDriver {
      override async write(writes: readonly Write[], _call: DriverCall) {
        await this.arrive();
        const applies = writes.map((write) => this.applies(write, this.live(write.key)));
        await hop();
        return writes.map((write, index) => {
          if (!applies[index]) return { applied: false };
          this.apply(write);
          return { applied: true };
        });
      }
    },
  ),
  mutant(
    'a write is acknowledged before it is made',
    'histories',
    class extends ReferenceDriver {
      override async write(writes: readonly Write[], call: DriverCall) {
        if (writes.some(({ condition }) => condition !== 'any')) return super.write(writes, call);
        await this.arrive();
        setTimeout(() => writes.forEach((write) => void this.writeOne(write)), 1);
        return writes.map(() => ({ applied: true }));
      }
    },
  ),
  mutant(
    'every tenth increment is sent twice',
    'faults',
    class extends ReferenceDriver {
      #calls = 0;
      protected override incrementOne(increment: Increment): IncrementResult | KvError {
        this.#calls += 1;
        const result = super.incrementOne(increment);
        return this.#calls % 10 === 0 ? super.incrementOne(increment) : result;
      }
    },
  ),
  mutant(
    'an error reads as missing',
    'errors',
    class extends ReferenceDriver {
      override async get(keys: readonly string[], call: DriverCall & { readonly ttl: boolean }) {
        return super.get(keys, call).catch(() => keys.map(() => undefined));
      }
    },
  ),
  mutant(
    'one bad item fails the whole call',
    'increment',
    class extends ReferenceDriver {
      override async increment(increments: readonly Increment[], call: DriverCall) {
        const results = await super.increment(increments, call);
        const error = results.find((result) => result instanceof Error);
        if (error) throw error;
        return results;
      }
    },
  ),
  mutant(
    'errors are plain',
    'increment',
    class extends ReferenceDriver {
      protected override parse(value: Uint8Array): number | KvError {
        const result = super.parse(value);
        if (typeof result !== 'number') throw new Error('value is not an integer');
        return result;
      }
    },
  ),
  mutant(
    'a closed driver answers',
    'lifecycle',
    class extends ReferenceDriver {
      override async close(): Promise<void> {}
    },
  ),
  mutant(
    'close drops what was stored',
    'lifecycle',
    class extends ReferenceDriver {
      override async close(): Promise<void> {
        await super.close();
        this.database.slots.clear();
      }
    },
  ),
  mutant(
    'a value near the limit is lost',
    'limits',
    class extends ReferenceDriver {
      protected override apply(write: Write): string | undefined {
        if (write.type === 'put' && write.value.length > 200_000) {
          return super.apply({ ...write, value: write.value.subarray(0, 200_000) });
        }
        return super.apply(write);
      }
    },
  ),
  mutant(
    'increment answers with the value before',
    'increment',
    class extends ReferenceDriver {
      protected override incrementOne(increment: Increment): IncrementResult | KvError {
        const before = this.live(increment.key);
        const result = super.incrementOne(increment);
        const value = before ? this.parse(before.value) : 0;
        return result instanceof KvError || value instanceof KvError
          ? result
          : { ...result, value };
      }
    },
  ),
  mutant(
    'deletes are made a moment later',
    'order',
    class extends ReferenceDriver {
      protected override apply(write: Write): string | undefined {
        if (write.type !== 'delete') return super.apply(write);
        setTimeout(() => super.apply(write), 0);
        return undefined;
      }
    },
  ),
];
