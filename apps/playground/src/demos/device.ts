import type { Session, SessionStore } from '@grovekv/ext-session';
import { CrewError } from '../workers/crew.js';

/** The fields of a session here. */
export interface VisitData {
  readonly device: number;
  theme: 'light' | 'dark';
  cart: number;
}

/** What the page shows of a device. */
export interface DeviceState {
  readonly id: number;
  readonly name: string;
  /** The first characters of the id in its cookie. */
  readonly cookie: string | undefined;
  readonly user: string | undefined;
  readonly alive: boolean;
  readonly theme: string | undefined;
  readonly cart: number | undefined;
  /** The id before the last log-in, and whether it still opens anything. */
  readonly before: { readonly cookie: string; readonly alive: boolean } | undefined;
}

/** What may be shown of a secret. */
const SHOWN = 6;

/** A browser with a cookie, as the server meets it. */
export class Device {
  readonly id: number;
  readonly name: string;
  state: DeviceState;
  readonly #sessions: SessionStore<VisitData>;
  #cookie: string | undefined;
  #before: string | undefined;

  constructor(id: number, name: string, sessions: SessionStore<VisitData>) {
    this.id = id;
    this.name = name;
    this.#sessions = sessions;
    this.state = this.#stateOf(undefined, false);
  }

  /** A request: the session of the cookie, or a new one of nobody. */
  async visit(): Promise<string> {
    const found = await this.#sessions.get(this.#cookie);
    if (found) return `The ${this.name} came back with a session that lives.`;
    const had = this.#cookie !== undefined;
    const made = await this.#sessions.create({ device: this.id, theme: 'light', cart: 0 });
    this.#cookie = made.id;
    this.#before = undefined;
    return had
      ? `The ${this.name} came with an id that opens nothing, and got a new one.`
      : `The ${this.name} came for the first time and got an id.`;
  }

  async logIn(user: string): Promise<string> {
    const session = await this.#current();
    const next = await this.#sessions.regenerate(session, { user });
    this.#before = this.#cookie;
    this.#cookie = next.id;
    return `${user} logged in on the ${this.name}: a new id, and the old one is dead.`;
  }

  async logOut(): Promise<string> {
    await this.#sessions.destroy(await this.#current());
    return `The ${this.name} logged out.`;
  }

  /** Two requests that loaded the same session and change it at once. */
  async twoTabs(apart: boolean): Promise<string> {
    const [one, other] = [await this.#current(), await this.#current()];
    one.data.cart += 1;
    if (apart) other.data.theme = other.data.theme === 'light' ? 'dark' : 'light';
    else other.data.cart += 5;
    await this.#sessions.save(one);
    await this.#sessions.save(other);
    return `Two tabs of the ${this.name} saved at once: the cart and the theme are both kept.`;
  }

  /** A request that is still under way when the user logs out. */
  async saveAfterLogOut(): Promise<string> {
    const slow = await this.#current();
    slow.data.cart += 100;
    await this.#sessions.destroy(await this.#current());
    await this.#sessions.save(slow);
    return 'This should not happen: a save brought the session back.';
  }

  /** Reads what its cookies open. */
  async look(): Promise<void> {
    const found = await this.#sessions.get(this.#cookie);
    const old = await this.#sessions.get(this.#before);
    this.state = this.#stateOf(found, old !== undefined);
  }

  async #current(): Promise<Session<VisitData>> {
    const session = await this.#sessions.get(this.#cookie);
    if (session) return session;
    throw new CrewError(`the ${this.name} has no session: let it visit first`);
  }

  #stateOf(session: Session<VisitData> | undefined, oldLives: boolean): DeviceState {
    return {
      id: this.id,
      name: this.name,
      cookie: this.#cookie?.slice(0, SHOWN),
      user: session?.user,
      alive: session !== undefined,
      theme: session?.data.theme,
      cart: session?.data.cart,
      before:
        this.#before === undefined
          ? undefined
          : { cookie: this.#before.slice(0, SHOWN), alive: oldLives },
    };
  }
}
