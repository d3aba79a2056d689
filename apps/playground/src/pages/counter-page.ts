import type { Page } from './layout.js';
import { eventsPanel, problem, workersPanel } from './parts.js';

export const counterPage: Page = {
  path: '/counter',
  title: 'Counter',
  files: 'counter',
  body: `
<h1>Counter</h1>
<p class="lede">Each worker adds 1 to the same counter, 32 times at once, and says before it starts and after it was
answered. Kill one: what it had under way may have counted or not, and no more than that is in doubt.</p>

<section class="panel" aria-labelledby="books">
<div class="row"><h2 id="books">The books</h2>
<div class="buttons"><button type="button" class="primary" id="start">Start</button>
<button type="button" id="reset">Reset</button></div></div>
<div class="sum" id="sum">
<div><span class="figure" id="least">0</span><span class="label">acknowledged</span></div>
<span class="sign" id="sign-least" aria-hidden="true">=</span>
<div class="actual"><span class="figure" id="actual">0</span><span class="label">in the store</span></div>
<span class="sign" id="sign-most" aria-hidden="true">=</span>
<div><span class="figure" id="most">0</span><span class="label" id="most-label">with those in doubt</span></div>
</div>
<p class="verdict" id="verdict" role="status">Nothing has been counted yet.</p>
${problem}
</section>

<div class="grid two">
<section class="panel" aria-labelledby="rate-title">
<h2 id="rate-title">Acknowledged a second</h2>
<p class="big" id="rate">0</p>
<svg class="spark" viewBox="0 0 240 60" preserveAspectRatio="none" aria-hidden="true"><polyline id="spark" points=""></polyline></svg>
</section>
<section class="panel" aria-labelledby="doubt-title">
<h2 id="doubt-title">Not acknowledged</h2>
<dl class="facts">
<div><dt>In doubt</dt><dd id="doubt">0</dd></div>
<div><dt>Under way</dt><dd id="flight">0</dd></div>
<div><dt>Refused</dt><dd id="refused">0</dd></div>
</dl>
<p class="hint">In doubt: started by a worker that was killed, or answered by an error that says so.</p>
</section>
</div>

${workersPanel()}

${eventsPanel}`,
};
