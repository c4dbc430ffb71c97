// Finding a label by typing little. The same ranking as labeling/labelsearch.py, on the same shared cases.
const QUERY_MAX = 200;
const [EQUAL, BEGINS, IN_ORDER, IN_ORDER_LATER, SPLIT, SPLIT_LATER, ANY_ORDER, ON_PATH, NOT] = Array(9).keys();

export function words(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

// Prepares labels ({code, name, synonyms, path}) once, so that each key costs only comparisons.
export function index(labels) {
  return labels.map((label) => {
    const phrases = [[0, label.name], ...(label.synonyms ?? []).map((one) => [1, one]), [1, label.code]];
    return {
      phrases: phrases.map(([weight, phrase]) => ({ weight, said: words(phrase) })),
      around: [...words(label.path ?? ""), ...words(label.name)],
    };
  });
}

// The places of the labels that meet the query, best first; all of them, in order, for an empty query.
export function rank(indexed, query) {
  const typed = words(query.slice(0, QUERY_MAX));
  if (!typed.length) return indexed.map((_, place) => place);
  const found = [];
  indexed.forEach((label, place) => {
    const best = score(label, typed);
    if (best) found.push([...best, place]);
  });
  found.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  return found.map((one) => one[2]);
}

function score(label, typed) {
  let best = null;
  for (const { weight, said } of label.phrases) {
    const how = kind(said, typed);
    if (how === NOT) continue;
    const value = 2 * how + weight;
    if (!best || value < best[0] || (value === best[0] && said.length < best[1])) best = [value, said.length];
  }
  if (best) return best;
  return anyOrder(label.around, typed) ? [2 * ON_PATH, label.around.length] : null;
}

function kind(said, typed) {
  const whole = said.join(" ");
  const wanted = typed.join(" ");
  if (whole === wanted) return EQUAL;
  if (whole.startsWith(wanted)) return BEGINS;
  if (inOrder(said, typed)) return said[0].startsWith(typed[0]) ? IN_ORDER : IN_ORDER_LATER;
  const compact = [...typed.join("")];
  if (isSplit(said, compact, false)) return SPLIT;
  if (isSplit(said, compact, true)) return SPLIT_LATER;
  return anyOrder(said, typed) ? ANY_ORDER : NOT;
}

const anyOrder = (said, typed) => typed.every((part) => said.some((one) => one.startsWith(part)));

function inOrder(said, typed) {
  let place = 0;
  for (const part of typed) {
    while (place < said.length && !said[place].startsWith(part)) place += 1;
    if (place === said.length) return false;
    place += 1;
  }
  return true;
}

// Whether the typed letters are beginnings of words in their order, run together; without gaps, of all words from the
// first on.
function isSplit(said, typed, gaps) {
  let reached = new Set([0]);
  for (const one of said) {
    const word = [...one];
    const further = new Set();
    for (const at of reached) {
      let length = 0;
      while (length < word.length && at + length < typed.length && word[length] === typed[at + length]) {
        length += 1;
        further.add(at + length);
      }
    }
    if (further.has(typed.length)) return true;
    reached = gaps ? new Set([...reached, ...further]) : further;
  }
  return false;
}
