import type { Page } from './layout.js';
import { eventsPanel, problem } from './parts.js';

export const sessionPage: Page = {
  path: '/sessions',
  title: 'Sessions',
  files: 'session',
  body: `
<h1>Sessions</h1>
<p class="lede">Two devices with a cookie each. A log-in gives a new id and kills the old one; what was ended stays
ended, whatever is still under way; two tabs keep each other's fields, or are told that they cannot.</p>
${problem}

<div class="grid two" id="devices"></div>

<section class="panel" aria-labelledby="users-title">
<h2 id="users-title">Where they are logged in</h2>
<div class="grid two" id="users"></div>
<p class="hint">A session lives only while its user's record lists it: one write of that record ends them all, those
included that are being made.</p>
</section>

${eventsPanel}`,
};
