import type { Page } from './layout.js';
import { eventsPanel, problem, workersPanel } from './parts.js';

export const queuePage: Page = {
  path: '/queue',
  title: 'Queue',
  files: 'queue',
  body: `
<h1>Queue</h1>
<p class="lede">Each worker is a process that works on up to three jobs at a time. Kill one: its jobs stay in the queue,
and when their leases have run out another worker does them. No job is lost, and none that is done comes back.</p>

<section class="panel" aria-labelledby="jobs-title">
<div class="row"><h2 id="jobs-title">Jobs</h2>
<div class="buttons"><button type="button" id="pause">Pause</button></div></div>
<div class="bars" id="bars" role="img" aria-label="Shares of jobs"></div>
<dl class="facts states">
<div data-state="completed"><dt>Done</dt><dd id="completed">0</dd></div>
<div data-state="active"><dt>Leased</dt><dd id="active">0</dd></div>
<div data-state="waiting"><dt>Waiting</dt><dd id="waiting">0</dd></div>
<div data-state="delayed"><dt>Later</dt><dd id="delayed">0</dd></div>
<div data-state="dead"><dt>Dead</dt><dd id="dead">0</dd></div>
<div><dt>Enqueued</dt><dd id="enqueued">0</dd></div>
<div><dt>Failed attempts</dt><dd id="retried">0</dd></div>
<div><dt>Done twice</dt><dd id="twice">0</dd></div>
</dl>
<p class="verdict" id="verdict" role="status">Nothing has been enqueued yet.</p>
<div class="buttons wrap" role="group" aria-label="Enqueue">
<button type="button" class="primary" data-enqueue="enqueue">Enqueue 20</button>
<button type="button" data-enqueue="delay">20 in four seconds</button>
<button type="button" data-enqueue="urgent">An urgent one</button>
<button type="button" data-enqueue="flaky">3 that fail twice</button>
<button type="button" data-enqueue="break">2 that are broken</button>
</div>
${problem}
</section>

${workersPanel()}

<section class="panel" aria-labelledby="dead-title">
<div class="row"><h2 id="dead-title">Dead letters</h2>
<button type="button" id="redrive" hidden>Redrive all</button></div>
<p class="hint">Jobs whose attempts are used up. Redriving mends what was broken and puts them back.</p>
<ul class="letters" id="letters"></ul>
</section>

${eventsPanel}`,
};
