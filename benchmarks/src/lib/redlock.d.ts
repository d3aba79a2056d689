// Its package has types, but its `exports` do not name them.
declare module 'redlock' {
  interface Settings {
    readonly retryCount: number;
    readonly retryDelay: number;
    readonly retryJitter: number;
  }
  export default class Redlock {
    constructor(clients: readonly unknown[], settings: Settings);
    acquire(resources: readonly string[], ms: number): Promise<{ release(): Promise<unknown> }>;
  }
}
