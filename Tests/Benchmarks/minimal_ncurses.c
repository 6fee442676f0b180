/* The least an ncurses program can do before its first frame: the yardstick for Fiedler's start. */
#include <curses.h>
#include <locale.h>

int main(void) {
  setlocale(LC_ALL, "");
  if (initscr() == NULL) return 1;
  mvaddstr(0, 0, "prompt");
  refresh();
  getch();
  return endwin() == ERR;
}
