import type { Page } from './layout.js';
import { eventsPanel, problem, workersPanel } from './parts.js';

export const lockPage: Page = {
  path: '/lock',
  title: 'Lock',
  files: 'lock',
  body: `
<h1>Lock</h1>
<p class="lede">Each worker is a process of its own. The lock is a lease: it ends by itself unless its holder
extends it, and each holder has a larger fence than the one before.</p>

<div class="grid two">
<section class="panel" aria-labelledby="held">
<h2 id="held">Held by</h2>
<p class="big" id="holder">nobody</p>
<div class="bar" id="deadline" role="meter" aria-label="Time left of the lease" aria-valuemin="0" aria-valuemax="2.5"
aria-valuenow="0"><div></div></div>
<dl class="facts">
<div><dt>Time left</dt><dd id="left">–</dd></div>
<div><dt>Fence</dt><dd class="fence" id="fence">–</dd></div>
<div><dt>Waiting</dt><dd id="waiting">nobody</dd></div>
</dl>
</section>

<section class="panel" aria-labelledby="register">
<h2 id="register">Fenced register</h2>
<p class="hint">What the lock protects. It refuses a write under a smaller fence than it has seen.</p>
<dl class="facts">
<div><dt>Writes taken</dt><dd id="accepted">0</dd></div>
<div><dt>Stale writes refused</dt><dd id="refused">0</dd></div>
<div><dt>Largest fence</dt><dd class="fence" id="seen">–</dd></div>
<div><dt>Last writer</dt><dd id="writer">–</dd></div>
</dl>
<ul class="refusals" id="refusals" aria-label="Refused writes"></ul>
</section>
</div>

${workersPanel(`\n${problem}`)}

<section class="panel" aria-labelledby="history">
<div class="row"><h2 id="history">Who held it when</h2><span class="hint">the last 45 seconds</span></div>
<div class="lanes" id="lanes" aria-hidden="true"></div>
<div class="scroll" role="region" aria-label="Table of holders" tabindex="0"><table>
<thead><tr><th scope="col">Holder</th><th scope="col">Fence</th><th scope="col" class="number">Held for</th><th scope="col">Ended</th></tr></thead>
<tbody id="holds"></tbody></table></div>
</section>

${eventsPanel}`,
};
