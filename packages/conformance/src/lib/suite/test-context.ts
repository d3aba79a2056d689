import { createStore, type Store, type StoreOptions, systemClock } from '@grovekv/kv-core';
import type { Driver, DriverCall, DriverTraits } from '@grovekv/kv-core/driver';
import { portable } from '@grovekv/kv-core/testing';
import { Random } from '../random/random.js';
import type { ConformanceOptions } from './options.js';

/** What a test works with: clients, stores, keys of its own, time and chance. */
export class TestContext {
  readonly options: ConformanceOptions;
  readonly traits: DriverTraits;
  readonly random: Random;
  /** The first client. */
  readonly driver: Driver;
  /** What a driver is told; ample, so that only a hang meets it. */
  readonly call: DriverCall = { timeoutMs: 10_000 };
  readonly #drivers: Driver[];
  readonly #prefix: string;

  private constructor(options: ConformanceOptions, driver: Driver, random: Random) {
    this.options = options;
    this.driver = driver;
    this.traits = driver.traits;
    this.random = random;
    this.#prefix = `${Math.random().toString(36).slice(2, 10)}:`;
    this.#drivers = [driver];
  }

  static async open(options: ConformanceOptions, seed: number): Promise<TestContext> {
    return new TestContext(options, await options.create(), new Random(seed));
  }

  /** Another client on the same database; the first one again if there can be only one. */
  readonly client = async (): Promise<Driver> => {
    if (this.options.oneClient) return this.driver;
    const driver = await this.options.create();
    this.#drivers.push(driver);
    return driver;
  };

  readonly clients = async (count: number): Promise<Driver[]> => {
    const drivers = [this.driver];
    while (drivers.length < count) drivers.push(await this.client());
    return drivers;
  };

  /** A store on a driver (default: the first client), through the hooks of the options. */
  readonly store = (
    driver: Driver = this.driver,
    options: Omit<StoreOptions, 'driver'> = {},
  ): Store => {
    const hooks = [...(this.options.hooks ?? []), ...(options.hooks ?? [])];
    return createStore({ driver, timeoutMs: 10_000, ...options, hooks });
  };

  /** Stores on so many clients. */
  readonly stores = async (count: number): Promise<Store[]> =>
    (await this.clients(count)).map((driver) => this.store(driver));

  /** A store that takes the portable way for everything. */
  readonly portableStore = (driver: Driver = this.driver): Store => this.store(portable(driver));

  /** A key that no other test uses. */
  readonly key = (name = 'k'): string => `${this.#prefix}${name}`;

  /** Whether the clock is injected. */
  get manualTime(): boolean {
    return this.options.advance !== undefined;
  }

  /** Milliseconds by the clock that keys expire by, as near as a caller can know it. */
  readonly now = (): number => {
    if (!this.manualTime) return performance.now();
    return (this.options.clock ?? this.driver.clock ?? systemClock).now();
  };

  /** Lets so much time pass. */
  readonly pass = async (ms: number): Promise<void> => {
    if (this.options.advance) await this.options.advance(ms);
    else await new Promise((resolve) => setTimeout(resolve, ms));
  };

  /** By how much a key may outlive its ttl here. */
  get lateMs(): number {
    return this.traits.ttlResolutionMs + (this.manualTime ? 0 : (this.options.slackMs ?? 150));
  }

  /** By how much clocks that tick in milliseconds may seem early. */
  get tickMs(): number {
    return this.manualTime ? 0 : 2;
  }

  /** Closes all clients; an error of closing is the test's. */
  async close(): Promise<void> {
    await Promise.all(this.#drivers.map((driver) => driver.close()));
  }
}
