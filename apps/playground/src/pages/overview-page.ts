import type { Page } from './layout.js';

export const overviewPage: Page = {
  path: '/',
  title: 'Overview',
  body: `
<h1>Correct under concurrency, seen at work</h1>
<p class="lede">Real processes work on one store. Kill them, pause them, add more, and watch what
the extensions promise hold.</p>
<ul class="cards">
<li><a class="card" href="/lock"><h2>Lock</h2>
<p>Processes contend for one lock. Kill the holder and another takes over with a higher fence; pause it, and its
stale write is refused when it wakes.</p></a></li>
<li><a class="card" href="/counter"><h2>Counter</h2>
<p>Processes hammer one counter. Whatever you kill, the value stays between what was acknowledged and that plus
what was in doubt.</p></a></li>
<li><a class="card" href="/limiter"><h2>Rate limiter</h2>
<p>Processes press against one limit. No window of its length ever admits more than it says, wherever the window
begins.</p></a></li>
<li><a class="card" href="/sessions"><h2>Sessions</h2>
<p>Sign in, let two requests save at once, revoke a user everywhere: nothing is lost silently, and what was destroyed
stays destroyed.</p></a></li>
<li><a class="card" href="/leaderboard"><h2>Leaderboard</h2>
<p>Players score from several processes. Ranks, pages and neighbours come from one state, among ties as without
them.</p></a></li>
<li><a class="card" href="/queue"><h2>Queue</h2>
<p>Workers share a queue of jobs, some late, some failing. Kill a worker and another does its jobs; what is broken ends
among the dead letters, to be redriven by a click.</p></a></li>
</ul>`,
};
