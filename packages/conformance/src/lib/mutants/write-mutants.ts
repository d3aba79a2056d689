import type {
  Check,
  Condition,
  DriverCall,
  Entry,
  Write,
  WriteResult,
} from '@grovekv/kv-core/driver';
import { type Mutant, mutant } from './mutant.js';
import { ReferenceDriver, type Slot } from './reference-driver.js';

/** Bugs in conditions, times to live and commits. */
export const writeMutants: readonly Mutant[] = [
  mutant(
    'versions are not compared',
    'conditions',
    class extends ReferenceDriver {
      protected override meets(slot: Slot | undefined, condition: Condition): boolean {
        return super.meets(slot, typeof condition === 'object' ? 'present' : condition);
      }
    },
  ),
  mutant(
    'absent is taken for any',
    'conditions',
    class extends ReferenceDriver {
      protected override meets(slot: Slot | undefined, condition: Condition): boolean {
        return super.meets(slot, condition === 'absent' ? 'any' : condition);
      }
    },
  ),
  mutant(
    'conditions of deletes are ignored',
    'conditions',
    class extends ReferenceDriver {
      protected override applies(write: Write, slot: Slot | undefined): boolean {
        return write.type === 'delete' || super.applies(write, slot);
      }
    },
  ),
  mutant(
    'a conflict is reported as applied',
    'conditions',
    class extends ReferenceDriver {
      protected override writeOne(write: Write): WriteResult {
        super.writeOne(write);
        return { applied: true };
      }
    },
  ),
  mutant(
    'a conflict tells an entry that is not the stored one',
    'conditions',
    class extends ReferenceDriver {
      protected override writeOne(write: Write): WriteResult {
        const result = super.writeOne(write);
        if (result.applied || !result.current?.entry) return result;
        return { applied: false, current: { entry: undefined } };
      }
    },
  ),
  mutant(
    'the version is the length of the value',
    'conditions',
    class extends ReferenceDriver {
      protected override apply(write: Write): string | undefined {
        super.apply(write);
        const slot = this.live(write.key);
        if (!slot) return undefined;
        const version = String(slot.value.length);
        this.database.slots.set(write.key, { ...slot, version });
        return version;
      }
    },
  ),
  mutant(
    'the version begins again after a delete',
    'conditions',
    class extends ReferenceDriver {
      protected override apply(write: Write): string | undefined {
        const before = Number(this.live(write.key)?.version ?? 0);
        super.apply(write);
        const slot = this.live(write.key);
        if (!slot) return undefined;
        const version = String(before + 1);
        this.database.slots.set(write.key, { ...slot, version });
        return version;
      }
    },
  ),
  mutant(
    'touch creates',
    'ttl',
    class extends ReferenceDriver {
      protected override applies(write: Write, slot: Slot | undefined): boolean {
        return this.meets(slot, write.condition);
      }
    },
  ),
  mutant(
    'keys expire one millisecond early',
    'ttl',
    class extends ReferenceDriver {
      protected override rounded(ttl: number): number {
        return ttl - 1;
      }
    },
  ),
  mutant(
    'a ttl is rounded down, and zero is for ever',
    'ttl',
    class extends ReferenceDriver {
      protected override rounded(ttl: number): number {
        return Math.floor(ttl / 10) * 10 || Number.POSITIVE_INFINITY;
      }
    },
  ),
  mutant(
    'a ttl is taken for 32 bits',
    'ttl',
    class extends ReferenceDriver {
      protected override rounded(ttl: number): number {
        return super.rounded(ttl) | 0;
      }
    },
  ),
  mutant(
    'keep drops the ttl',
    'ttl',
    class extends ReferenceDriver {
      protected override expiresAt(ttl: number | 'none' | 'keep', slot: Slot | undefined): number {
        return super.expiresAt(ttl === 'keep' ? 'none' : ttl, slot);
      }
    },
  ),
  mutant(
    'a put without ttl keeps the old one',
    'ttl',
    class extends ReferenceDriver {
      protected override expiresAt(ttl: number | 'none' | 'keep', slot: Slot | undefined): number {
        return super.expiresAt(ttl === 'none' ? 'keep' : ttl, slot);
      }
    },
  ),
  mutant(
    'an expired key still counts for conditions',
    'ttl',
    class extends ReferenceDriver {
      protected override applies(write: Write): boolean {
        return super.applies(write, this.database.slots.get(write.key));
      }
    },
  ),
  mutant(
    'the time left is told in seconds',
    'ttl',
    class extends ReferenceDriver {
      protected override entry(slot: Slot | undefined): Entry | undefined {
        const entry = super.entry(slot);
        return entry?.ttlMs === undefined ? entry : { ...entry, ttlMs: entry.ttlMs / 1_000 };
      }
    },
  ),
  mutant(
    'a commit applies what it can',
    'commit',
    class extends ReferenceDriver {
      override async commit(checks: readonly Check[], writes: readonly Write[], call: DriverCall) {
        const done = await super.commit(checks, writes, call);
        if (!done) for (const write of writes) this.writeOne(write);
        return done;
      }
    },
  ),
  mutant(
    'a commit does not look at its checks',
    'commit',
    class extends ReferenceDriver {
      override async commit(_checks: readonly Check[], writes: readonly Write[], call: DriverCall) {
        return super.commit([], writes, call);
      }
    },
  ),
  mutant(
    'a version that is told from bytes is not that of the key',
    'conditions',
    class extends ReferenceDriver {
      versionOf(value: Uint8Array): string {
        return String(value.length);
      }
    },
  ),
];
