export { type CookieOptions, endedCookie, readCookie, sessionCookie } from './lib/cookie.js';
export { type CookieSigner, createCookieSigner } from './lib/cookie-signer.js';
