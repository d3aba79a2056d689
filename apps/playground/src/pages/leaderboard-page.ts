import type { Page } from './layout.js';
import { eventsPanel, problem, workersPanel } from './parts.js';

const table = (id: string, label: string): string => `<table aria-label="${label}">
<thead><tr><th scope="col" class="number">Rank</th><th scope="col">Player</th><th scope="col" class="number">Points</th></tr></thead>
<tbody id="${id}"></tbody></table>`;

export const leaderboardPage: Page = {
  path: '/leaderboard',
  title: 'Leaderboard',
  files: 'leaderboard',
  body: `
<h1>Leaderboard</h1>
<p class="lede">Each worker gives points to random players of one board. Players with the same score share a rank and
stand in the order in which they reached it. Each table is one state of the board.</p>

<section class="panel" aria-labelledby="play">
<div class="row"><h2 id="play"><span id="total">0</span> players</h2>
<div class="buttons"><button type="button" class="primary" id="start">Start</button>
<button type="button" id="score">A point for you</button></div></div>
${problem}
</section>

<div class="grid two">
<section class="panel" aria-labelledby="top-title">
<h2 id="top-title">Top ten</h2>
${table('top', 'Top ten')}
</section>
<section class="panel" aria-labelledby="around-title">
<h2 id="around-title">Around you</h2>
${table('around', 'Around you')}
<p class="hint" id="absent">You have no points yet.</p>
</section>
</div>

${workersPanel()}

${eventsPanel}`,
};
