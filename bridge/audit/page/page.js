"use strict";
(() => {
  const table = document.getElementById("findings");
  if (!table) return;
  const body = table.tBodies[0], rows = Array.from(body.rows);
  const search = document.getElementById("search");
  const severity = document.getElementById("severity");
  const boxes = Array.from(document.querySelectorAll("input[name=status]"));
  const live = document.getElementById("count");
  const words = rows.map((row) => row.textContent.toLowerCase());
  document.documentElement.classList.add("live");

  const show = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const statuses = new Set(boxes.filter((b) => b.checked)
      .map((b) => b.value));
    const least = Number(severity.value);
    let n = 0;
    rows.forEach((row, i) => {
      const fits = statuses.has(row.cells[0].dataset.name) &&
        Number(row.cells[1].dataset.rank) >= least &&
        wanted.every((word) => words[i].includes(word));
      if (row.hidden === fits) row.hidden = !fits;
      if (fits) n++;
    });
    live.textContent = n + " of " + rows.length + " rows";
  };

  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.rank === undefined ? cell.textContent :
      Number(cell.dataset.rank);
  };
  const compare = new Intl.Collator(undefined, {numeric: true}).compare;
  const sort = (head, column) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    const sign = down ? -1 : 1;
    const keyed = rows.map((row, i) => [key(row, column), i]);
    keyed.sort((a, b) => {
      const c = typeof a[0] === "number" ? a[0] - b[0] :
        compare(a[0], b[0]);
      return sign * c || a[1] - b[1];
    });
    for (const other of table.tHead.rows[0].cells)
      other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const all = document.createDocumentFragment();
    for (const [, i] of keyed) all.appendChild(rows[i]);
    body.appendChild(all);
  };

  search.addEventListener("input", show);
  severity.addEventListener("change", show);
  for (const box of boxes) box.addEventListener("change", show);
  Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
    head.querySelector("button").addEventListener("click",
      () => sort(head, column));
  });
  show();
})();
