export { createLeaderboard } from './lib/create-leaderboard.js';
export type {
  Entry,
  Increment,
  Leaderboard,
  LeaderboardOptions,
  Page,
  PageRequest,
  RankKind,
  Row,
  ScoreBounds,
  ScoreChange,
  ScoreRange,
} from './lib/leaderboard.js';
export {
  createPeriodLeaderboard,
  type Period,
  type PeriodBoard,
  type PeriodLeaderboard,
  type PeriodLeaderboardOptions,
} from './lib/period-leaderboard.js';
