import type { Page } from './layout.js';

export const overviewPage: Page = {
  path: '/',
  title: 'Overview',
  body: `
<h1>Correct under concurrency, seen at work</h1>
<p class="lede">Every page starts real processes on one store. Kill them, pause them, add more, and watch what
the extensions promise hold.</p>
<ul class="cards">
<li><a class="card" href="/lock"><h2>Lock</h2>
<p>Processes contend for one lock. Kill the holder and another takes over with a higher fence; pause it, and its
stale write is refused when it wakes.</p></a></li>
<li><a class="card" href="/counter"><h2>Counter</h2>
<p>Processes hammer one counter. Whatever you kill, the value stays between what was acknowledged and that plus
what was in doubt.</p></a></li>
<li><a class="card" href="/leaderboard"><h2>Leaderboard</h2>
<p>Processes score on one board. Ranks and pages belong together at every moment, ties included, and you see who is
around you.</p></a></li>
</ul>`,
};
