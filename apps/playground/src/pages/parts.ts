/** The panel of the workers, with more below them. */
export function workersPanel(more = ''): string {
  return `<section class="panel" aria-labelledby="workers-title">
<div class="row"><h2 id="workers-title">Workers</h2><button type="button" id="add">Add a worker</button></div>
<ul class="workers" id="workers"></ul>${more}
</section>`;
}

/** The panel of the latest events. */
export const eventsPanel = `<section class="panel" aria-labelledby="events-title">
<h2 id="events-title">What happened</h2>
<ol class="events" id="events" role="log" aria-live="polite" aria-relevant="additions"></ol>
</section>`;

/** Where the page says why it did not do what was asked. */
export const problem = '<p class="hint" id="problem" role="alert"></p>';
