// The theme of Airflow around us, links out of its frame, and the figure that is worth a second request.
const root = document.documentElement;
const around = (() => { try { return window.parent !== window && window.parent.document ? window.parent.document : null; } catch { return null; } })();
const system = window.matchMedia("(prefers-color-scheme: dark)");

function follow() {
  const outer = around?.documentElement;
  const dark = outer ? outer.classList.contains("dark") || outer.dataset.theme === "dark" : system.matches;
  root.dataset.theme = dark ? "dark" : "light";
}
follow();
system.addEventListener("change", follow);
if (around) new MutationObserver(follow).observe(around.documentElement, { attributes: true });

// Airflow's frame lets no link leave it: one that is to leave is followed from the document around us.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-out]");
  if (!link || !around) return;
  event.preventDefault();
  const outer = around.createElement("a");
  outer.href = link.href;
  if (link.target) { outer.target = link.target; outer.rel = "noopener"; }
  around.body.append(outer);
  outer.click();
  outer.remove();
});

const tile = document.getElementById("pending");
if (tile) {
  const say = (figure, why) => { tile.textContent = figure; const small = document.createElement("small"); small.textContent = why; tile.append(small); };
  fetch(tile.dataset.from, { credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))))
    .then(({ count, days }) => say(count.toLocaleString("en"), count ? `${days[0]}${count > 1 ? " and later" : ""}: order_warehouse loads them` : "every order day is loaded"))
    .catch((error) => say("?", `cannot be told: ${error.message}`));
}
