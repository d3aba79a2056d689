import { describe, expect, it } from 'vitest';
import { createCookieSigner, endedCookie, readCookie, sessionCookie } from '../cookie.js';
import { newSessionId } from './session-id.js';

const id = newSessionId();

describe('the cookie', () => {
  it('is bound to the host, hidden from scripts, sent over TLS', () => {
    expect(sessionCookie(id)).toBe(`__Host-session=${id}; Path=/; HttpOnly; Secure; SameSite=Lax`);
    expect(
      sessionCookie(id, {
        name: 's',
        secure: false,
        maxAgeMs: 1_500,
        path: '/app',
        sameSite: 'Strict',
      }),
    ).toBe(`s=${id}; Path=/app; Max-Age=2; HttpOnly; SameSite=Strict`);
    expect(endedCookie()).toMatch(/^__Host-session=; Path=\/; Max-Age=0;/);
  });

  it('is refused where a browser would refuse it or take it for something else', () => {
    const bad = [
      () => sessionCookie('a;b'),
      () => sessionCookie('a\r\nSet-Cookie: b=c'),
      () => sessionCookie(id, { name: 'a b' }),
      () => sessionCookie(id, { name: '' }),
      () => sessionCookie(id, { secure: false }),
      () => sessionCookie(id, { name: 's', sameSite: 'None', secure: false }),
      () => sessionCookie(id, { path: '/app' }),
      () => sessionCookie(id, { name: 's', path: '/;' }),
      () => sessionCookie(id, { maxAgeMs: Number.NaN }),
      () => sessionCookie(id, { sameSite: 'lax' as 'Lax' }),
    ];
    for (const make of bad) {
      expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });

  it('is read by its exact name, the first of several', () => {
    const header = `a=1; x__Host-session=no; __Host-session="${id}" ; __Host-session=second; b`;
    expect(readCookie(header)).toBe(id);
    expect(readCookie('s=a=b', 's')).toBe('a=b');
    for (const none of [undefined, null, '', ';;=;', '__Host-sessio=x', '__host-session=x']) {
      expect(readCookie(none)).toBeUndefined();
    }
  });
});

describe('a signer', () => {
  const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(40).fill(2)] as const;

  it('verifies what any of its keys has signed, and nothing else', async () => {
    const old = await createCookieSigner([one]).sign(id);
    const signer = createCookieSigner([two, one]);
    const signed = await signer.sign(id);
    expect(signed).not.toBe(old);
    expect([await signer.verify(signed), await signer.verify(old)]).toEqual([id, id]);
    expect(await createCookieSigner([two]).verify(old)).toBeUndefined();
    const other = newSessionId();
    const wrong = [
      id,
      `${id}.`,
      `${other}.${signed.split('.')[1]}`,
      `${signed}A`,
      signed.slice(0, -2),
      `${signed.slice(0, -3)}AAA`,
      'x'.repeat(100_000),
      undefined,
    ];
    for (const forged of wrong) expect(await signer.verify(forged)).toBeUndefined();
  });

  it('refuses keys that can be guessed', () => {
    for (const keys of [[], [new Uint8Array(31)], [one, 'secret' as unknown as Uint8Array]]) {
      expect(() => createCookieSigner(keys)).toThrow(/32 bytes/);
    }
  });
});
