import type { DriverCall, Entry, ScanPage, ScanRequest, Write } from '@grovekv/kv-core/driver';
import { type Mutant, mutant } from './mutant.js';
import { ReferenceDriver, type Slot } from './reference-driver.js';

/** A driver that calls some keys by other names than it is told. */
class RenamingDriver extends ReferenceDriver {
  protected rename(key: string): string {
    return key;
  }

  protected override live(key: string): Slot | undefined {
    return super.live(this.rename(key));
  }

  protected override apply(write: Write): string | undefined {
    return super.apply({ ...write, key: this.rename(write.key) });
  }
}

/** Bugs in what is stored, under which key, and what is read back. */
export const dataMutants: readonly Mutant[] = [
  mutant(
    'reads share one buffer',
    'basics',
    class extends ReferenceDriver {
      readonly #buffer = new Uint8Array(1024 * 1024);
      protected override entry(slot: Slot | undefined): Entry | undefined {
        const entry = super.entry(slot);
        if (!entry) return undefined;
        this.#buffer.set(entry.value);
        return { ...entry, value: this.#buffer.subarray(0, entry.value.length) };
      }
    },
  ),
  mutant(
    'of a view the whole buffer is stored',
    'basics',
    class extends ReferenceDriver {
      protected override apply(write: Write): string | undefined {
        if (write.type !== 'put') return super.apply(write);
        return super.apply({ ...write, value: new Uint8Array(write.value.buffer) });
      }
    },
  ),
  mutant(
    'reads come from a cache of the client',
    'basics',
    class extends ReferenceDriver {
      readonly #cache = new Map<string, Entry | undefined>();
      override async get(keys: readonly string[], call: DriverCall & { readonly ttl: boolean }) {
        const entries = await super.get(keys, call);
        return keys.map((key, index) => {
          if (!this.#cache.has(key)) this.#cache.set(key, entries[index] as Entry | undefined);
          return this.#cache.get(key);
        });
      }
      protected override apply(write: Write): string | undefined {
        this.#cache.delete(write.key);
        return super.apply(write);
      }
    },
  ),
  mutant(
    'keys are cut at 64 characters',
    'keys',
    class extends RenamingDriver {
      protected override rename(key: string): string {
        return key.slice(0, 64);
      }
    },
  ),
  mutant(
    'keys are normalised',
    'keys',
    class extends RenamingDriver {
      protected override rename(key: string): string {
        return key.normalize('NFC');
      }
    },
  ),
  mutant(
    'keys are trimmed',
    'keys',
    class extends RenamingDriver {
      protected override rename(key: string): string {
        return key.trim();
      }
    },
  ),
  mutant(
    'keys end at a NUL',
    'keys',
    class extends RenamingDriver {
      protected override rename(key: string): string {
        return key.split('\0')[0] ?? '';
      }
    },
  ),
  mutant(
    'an empty value reads as missing',
    'values',
    class extends ReferenceDriver {
      protected override entry(slot: Slot | undefined): Entry | undefined {
        return slot?.value.length === 0 ? undefined : super.entry(slot);
      }
    },
  ),
  mutant(
    'values pass through text',
    'values',
    class extends ReferenceDriver {
      protected override apply(write: Write): string | undefined {
        if (write.type !== 'put') return super.apply(write);
        const value = new TextEncoder().encode(new TextDecoder().decode(write.value));
        return super.apply({ ...write, value });
      }
    },
  ),
  mutant(
    'answers come in the order of the keys’ names',
    'batch',
    class extends ReferenceDriver {
      override async get(keys: readonly string[], call: DriverCall & { readonly ttl: boolean }) {
        return super.get([...keys].sort(), call);
      }
    },
  ),
  mutant(
    'missing keys are left out of the answer',
    'batch',
    class extends ReferenceDriver {
      override async get(keys: readonly string[], call: DriverCall & { readonly ttl: boolean }) {
        const entries = await super.get(keys, call);
        return keys.length === 1 ? entries : entries.filter((entry) => entry !== undefined);
      }
    },
  ),
  mutant(
    'a batch over 1,000 loses its tail',
    'batch',
    class extends ReferenceDriver {
      override async write(writes: readonly Write[], call: DriverCall) {
        const results = await super.write(writes.slice(0, 1_000), call);
        return writes.map((_, index) => results[index] ?? { applied: true });
      }
    },
  ),
  mutant(
    'a scan takes the prefix for a pattern',
    'scan',
    class extends ReferenceDriver {
      override async scan(request: ScanRequest, call: DriverCall): Promise<ScanPage> {
        const pattern = request.prefix
          .replace(/[.+^${}()|\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.');
        const start = request.prefix.split(/[*?[]/)[0] ?? '';
        const page = await super.scan({ ...request, prefix: start }, call);
        const match = new RegExp(`^${pattern.replace(/\[(?![^\]]*\])/g, '\\[')}`, 's');
        return { ...page, keys: page.keys.filter((key) => match.test(key)) };
      }
    },
  ),
  mutant(
    'a scan ends before its last page',
    'scan',
    class extends ReferenceDriver {
      override async scan(request: ScanRequest, call: DriverCall): Promise<ScanPage> {
        const page = await super.scan(request, call);
        if (request.cursor === undefined || page.cursor !== undefined) return page;
        return { keys: [] };
      }
    },
  ),
  mutant(
    'a scan orders keys as JavaScript does',
    'scan',
    class extends ReferenceDriver {
      override async scan(request: ScanRequest, call: DriverCall): Promise<ScanPage> {
        const page = await super.scan(request, call);
        return { ...page, keys: [...page.keys].sort() };
      }
    },
  ),
  mutant(
    'a scan lists expired keys',
    'scan',
    class extends ReferenceDriver {
      #scanning = false;
      override async scan(request: ScanRequest, call: DriverCall): Promise<ScanPage> {
        this.#scanning = true;
        const page = await super.scan(request, call);
        this.#scanning = false;
        return page;
      }
      protected override live(key: string): Slot | undefined {
        return this.#scanning ? this.database.slots.get(key) : super.live(key);
      }
    },
  ),
];
