import type { Cluster, Redis } from 'ioredis';

/** The connections of a cluster client: which node serves a slot, and whether it is connected. */
export class ClusterNodes {
  readonly #cluster: Cluster;
  readonly #byName = new Map<string, Redis>();
  readonly #opening = new WeakMap<Redis, Promise<void>>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.on('+node', (node: Redis) => this.#byName.set(nameOf(node), node));
    cluster.on('-node', (node: Redis) => {
      if (this.#byName.get(nameOf(node)) === node) this.#byName.delete(nameOf(node));
      this.refresh();
    });
  }

  /** The master of a slot, as far as is known. */
  ownerOf(slot: number): Redis | undefined {
    const name = this.#cluster.slots[slot]?.[0];
    return name === undefined ? undefined : this.#byName.get(name);
  }

  /** All masters in the order of their names, which every page of a scan sees alike. */
  masters(): Map<string, Redis> {
    const named = this.#cluster.nodes('master').map((node) => [nameOf(node), node] as const);
    return new Map(named.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  all(): Redis[] {
    return this.#cluster.nodes();
  }

  /** Nothing if the node is connected, else a promise that it is, which rejects if it cannot be. */
  opened(node: Redis | undefined): Promise<void> | undefined {
    if (node?.status === 'ready') return undefined;
    if (!node || node.status === 'end' || node.status === 'close') {
      this.refresh();
      return Promise.reject(new Error("the cluster node isn't ready"));
    }
    const opening = this.#opening.get(node) ?? open(node);
    this.#opening.set(node, opening);
    return opening;
  }

  /** Asks anew who serves what: a node may be gone, or no longer the owner of its slots. */
  refresh(): void {
    if (this.#cluster.status === 'ready') this.#cluster.refreshSlotsCache(() => {});
  }

  /** Runs `send`, which may give many commands, and hands each node its share in one piece. */
  together<T>(send: () => T): T {
    const streams = this.#cluster.nodes('master').map((node) => node.stream);
    for (const stream of streams) stream?.cork();
    try {
      return send();
    } finally {
      for (const stream of streams) stream?.uncork();
    }
  }
}

/** A connection to a node is used once: when it ends, the cluster client makes another. */
function open(node: Redis): Promise<void> {
  const opening = new Promise<void>((resolve, reject) => {
    node.once('ready', resolve);
    node.once('end', () => reject(new Error("the cluster node isn't ready")));
  });
  opening.catch(() => {});
  if (node.status === 'wait') node.connect().catch(() => {});
  return opening;
}

function nameOf(node: Redis): string {
  return `${node.options.host}:${node.options.port}`;
}
