// What the editor suggests: prefixes, terms and concepts of the graph, its variables, keywords.
//
// The terms come from a stored query of this very server, asked once, when a suggestion is first
// needed. Choosing one whose prefix is not declared declares it as well.
import { pickedCompletion } from "@codemirror/autocomplete";

const KEYWORDS = `PREFIX SELECT DISTINCT CONSTRUCT ASK DESCRIBE FROM NAMED WHERE GRAPH OPTIONAL UNION
  MINUS FILTER EXISTS NOT BIND AS VALUES UNDEF GROUP BY HAVING ORDER ASC DESC LIMIT OFFSET COUNT SUM
  MIN MAX AVG SAMPLE GROUP_CONCAT SEPARATOR BOUND COALESCE CONCAT CONTAINS DATATYPE IF IN IRI LANG
  LANGMATCHES LCASE REGEX REPLACE STR STRAFTER STRBEFORE STRENDS STRLEN STRSTARTS SUBSTR UCASE
  YEAR isBlank isIRI isLiteral isNumeric`.split(/\s+/);

/** Inserts text and, at the top, the declaration of the prefix it begins with. */
function insert(text, prefixes) {
  return (view, completion, from, to) => {
    const name = /^([a-z]+):/.exec(text)?.[1];
    const declared = new RegExp(`\\bPREFIX\\s+${name}:`, "i").test(view.state.doc.toString());
    const changes = [{ from, to, insert: text }];
    let place = from + text.length;
    if (name && prefixes[name] && !declared) {
      const line = `PREFIX ${name}: <${prefixes[name]}>\n`;
      changes.unshift({ from: 0, insert: line });
      place += line.length;
    }
    view.dispatch({ changes, selection: { anchor: place }, annotations: pickedCompletion.of(completion) });
  };
}

/** Rows of SPARQL results as suggestions; `language` is that of the page. */
function suggestions(results, prefixes, language) {
  const own = { en: "labelEn", lt: "labelLt", sl: "labelSl" }[language];
  const nameOf = (row) => (row[own] ?? row.labelEn ?? row.labelLt)?.value;
  return results.results.bindings.flatMap((row) => {
    const iri = row.term.value;
    const prefix = Object.keys(prefixes).find((one) => {
      const rest = iri.slice(prefixes[one].length);
      return iri.startsWith(prefixes[one]) && /^[A-Za-z0-9_-]+$/.test(rest);
    });
    const text = prefix ? `${prefix}:${iri.slice(prefixes[prefix].length)}` : `<${iri}>`;
    const name = nameOf(row);
    const role = row.role.value;
    if (role !== "concept") {
      return [{ label: text, detail: name, type: role, apply: insert(text, prefixes) }];
    }
    // A concept is looked for by its name; what is written is its IRI.
    return name ? [{ label: name, detail: text, type: "constant", apply: insert(text, prefixes) }] : [];
  });
}

/** A source of completions; `address` answers with the terms as SPARQL JSON results. */
export function completions({ address, prefixes, language }) {
  let terms = null;
  const load = async () => {
    try {
      const answer = await fetch(address, { headers: { Accept: "application/sparql-results+json" } });
      return answer.ok ? suggestions(await answer.json(), prefixes, language) : [];
    } catch {
      return []; // without the terms the editor still knows prefixes, variables and keywords
    }
  };
  const standing = [
    ...Object.keys(prefixes).map((one) => ({
      label: `${one}:`,
      detail: prefixes[one],
      type: "namespace",
      apply: insert(`${one}:`, prefixes),
      boost: -1,
    })),
    ...KEYWORDS.map((word) => ({ label: word, type: "keyword", boost: -2 })),
  ];
  return async (context) => {
    const variable = context.matchBefore(/[?$]\w*/);
    if (variable) {
      const found = new Set(context.state.doc.toString().match(/[?$]\w+/g));
      found.delete(variable.text);
      return { from: variable.from, options: [...found].map((label) => ({ label, type: "variable" })), validFor: /^[?$]\w*$/ };
    }
    const word = context.matchBefore(/<?[\p{L}][\p{L}\p{N}_:.-]*|</u);
    if (!word && !context.explicit) return null;
    terms ??= load();
    return { from: word?.from ?? context.pos, options: [...(await terms), ...standing], validFor: /^<?[\p{L}\p{N}_:.-]*$/u };
  };
}
