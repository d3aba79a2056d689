import type { Page } from './layout.js';
import { eventsPanel, problem, workersPanel } from './parts.js';

export const limiterPage: Page = {
  path: '/limiter',
  title: 'Rate limiter',
  files: 'limiter',
  body: `
<h1>Rate limiter</h1>
<p class="lede">Each worker is a process that calls one limiter under one key: <span id="rule">50 in 2 s</span>. The curve
is what the last window holds at each moment, over all processes. It may touch the line; it never crosses it.</p>

<section class="panel" aria-labelledby="window-title">
<div class="row"><h2 id="window-title">The sliding window</h2>
<div class="buttons"><button type="button" id="less">Less fire</button>
<button type="button" class="primary" id="more">More fire</button></div></div>
<p class="hint"><span id="fire">0</span> calls a second by each worker</p>
<svg class="window" viewBox="0 0 600 200" preserveAspectRatio="none" role="img" aria-labelledby="window-title">
<line id="limit-line" x1="0" x2="600" y1="40" y2="40"></line>
<polyline id="curve" points=""></polyline>
</svg>
<p class="verdict" id="verdict" role="status">Nothing was called yet.</p>
${problem}
</section>

<div class="grid two">
<section class="panel" aria-labelledby="most-title">
<h2 id="most-title">The fullest window of all</h2>
<p class="big"><span id="most">0</span> of <span id="limit">50</span></p>
<p class="hint">Every window is looked at, wherever it begins: each call and its answer are recorded by the workers.</p>
</section>
<section class="panel" aria-labelledby="calls-title">
<h2 id="calls-title">Calls</h2>
<dl class="facts">
<div><dt>Allowed</dt><dd id="allowed">0</dd></div>
<div><dt>Refused</dt><dd id="refused">0</dd></div>
<div><dt>Failed</dt><dd id="failed">0</dd></div>
</dl>
</section>
</div>

${workersPanel()}

${eventsPanel}`,
};
