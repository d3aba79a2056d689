import type { Hook } from '@grovekv/kv-core';
import { compression, encryption, namespace } from '@grovekv/kv-core/hooks';

const keys = [{ id: 'k1', key: crypto.getRandomValues(new Uint8Array(32)) }];

/** What a careful service would put in front of its store. Under one key for the whole run. */
export function hookStack(prefix: string): readonly Hook[] {
  return [namespace(prefix), compression({ thresholdBytes: 64 }), encryption({ keys })];
}
