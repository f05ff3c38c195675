import { checkRecommendations, emptyScore } from './check-recommend.js';
import { listCases, readCase } from './conformance-case.js';

/** Prints how recommended Sidecars do in every mesh: `npm run conformance:recommend [-- CASE…]`. */
const wanted = process.argv.slice(2);
const score = emptyScore();
for (const name of wanted.length > 0 ? wanted : listCases()) checkRecommendations(readCase(name), score);
for (const problem of score.problems.slice(0, 40)) console.log(problem);
const { recommended, refused, kept, importsBefore, importsAfter, wildcards, plainLosses, problems } = score;
console.log(
  `${recommended} Sidecars, ${refused} refused; ${kept} needed calls, ${problems.length} problems; ` +
    `imports ${importsBefore} → ${importsAfter} (−${Math.round(100 - (100 * importsAfter) / importsBefore)} %); ${wildcards} with wildcards; a line a host, untried: ${plainLosses} needed calls end otherwise`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
