// The hospital's own protocols: a little Markdown (headings, lists, bold words), made of elements and text alone.

function protocolsView() {
  const told = (state.pack.protocols || []).map(([title, text]) => h("article", { class: "protocol" }, h("h2", {}, said(title)), written(text)));
  const files = (state.pack.documents || []).map((name) => h("li", {}, h("a", { class: "button", href: encodeURIComponent(name) }, said(name))));
  const beside = files.length ? h("section", {}, h("h2", {}, w("page.beside")), h("ul", {}, files)) : "";
  return [heading(w("view.protocols")), told, beside, told.length || files.length ? "" : h("p", { class: "nothing" }, w("nothing.protocols"))];
}

/** Lines as elements: `# heading`, `- item`, `1. item`; what stands together is a paragraph whose lines stay lines. */
function written(text) {
  const blocks = [];
  for (const line of text.split(/\r?\n/)) {
    const [kind, rest] = kindOf(line);
    const last = blocks.at(-1);
    if (last && last.kind === kind && kind !== "h3" && kind !== "h4") {
      last.lines.push(rest);
    } else {
      blocks.push({ kind, lines: [rest] });
    }
  }
  return blocks.filter((each) => each.kind).map(drawnBlock);
}

function kindOf(line) {
  const found = [
    ["h3", /^#{1,2}\s+(.*)$/],
    ["h4", /^#{3,6}\s+(.*)$/],
    ["ul", /^\s*[-*]\s+(.*)$/],
    ["ol", /^\s*(\d{1,3}[.)]\s+.*)$/],
  ].find(([, form]) => form.test(line));
  return found ? [found[0], line.match(found[1])[1]] : [line.trim() ? "p" : "", line];
}

function drawnBlock({ kind, lines }) {
  if (kind === "ul") {
    return h("ul", {}, lines.map((line) => h("li", {}, boldened(line))));
  }
  if (kind === "ol") {
    return h("ol", { class: "steps" }, lines.map((line) => h("li", {}, boldened(line))));
  }
  return h(kind, { class: kind === "p" && "text" }, boldened(lines.join("\n")));
}

/** `**so**` is bold; everything else stays as it was written, numbers of steps too. */
function boldened(text) {
  return text.split(/\*\*(.+?)\*\*/).map((part, place) => (place % 2 ? h("strong", {}, said(part)) : said(part)));
}
