// Epstein 2002, Model I, by hand: what a careful programmer writes for one thread, without bit tricks.
//
// One byte a site says what stands there, with a margin round the torus so that looking needs no test for its edge;
// everybody is called once a period in an order shuffled anew, moves to a random free site within vision 7 (Moore)
// and decides, or arrests, on what is there. Fast generator (xoshiro256++), bounded draws by multiplication.
// Usage: epstein SIDE STEPS RATIO(0 real, 1 rounded down) SEED -> person-steps a second, actives and jailed, a line.

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr int vision = 7;
constexpr uint8_t nobody = 0, quiet = 1, active = 2, cop = 4;

struct Random {
    uint64_t s[4];
    explicit Random(uint64_t seed) {
        for (auto &word : s) {  // splitmix64
            seed += 0x9e3779b97f4a7c15u;
            uint64_t z = seed;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
            word = z ^ (z >> 31);
        }
    }
    uint64_t next() {
        auto rotate = [](uint64_t x, int k) { return (x << k) | (x >> (64 - k)); };
        const uint64_t result = rotate(s[0] + s[3], 23) + s[0], t = s[1] << 17;
        s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotate(s[3], 45);
        return result;
    }
    uint32_t below(uint32_t n) { return static_cast<uint32_t>(((next() >> 32) * n) >> 32); }
    double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
};

struct Person {
    int32_t x, y, until;  // until > tick: in prison
    float hardship, risk_aversion;
};

class World {
  public:
    World(int side, bool rounds_down, uint64_t seed)
        : side(side), width(side + 2 * vision), rounds_down(rounds_down), random(seed),
          kind(static_cast<size_t>(width) * width, nobody), who(static_cast<size_t>(side) * side, -1) {
        const int sites = side * side, n_cops = static_cast<int>(std::lround(0.04 * sites));
        const int n = n_cops + static_cast<int>(std::lround(0.7 * sites));
        std::vector<int32_t> places(sites);
        for (int i = 0; i < sites; ++i) places[i] = i;
        first_agent = n_cops;
        for (int p = 0; p < n; ++p) {
            std::swap(places[p], places[p + random.below(sites - p)]);
            people.push_back({places[p] % side, places[p] / side, 0, static_cast<float>(random.unit()),
                              static_cast<float>(random.unit())});
            put(people[p].x, people[p].y, p < n_cops ? cop : quiet);
            who[places[p]] = p;
            order.push_back(p);
        }
    }

    void step(int tick) {
        for (size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
        for (const int32_t p : order) {
            Person &person = people[p];
            if (person.until > tick) continue;
            if (person.until > 0 && !release(p)) continue;
            move(p);
            if (p < first_agent) arrest(p, tick);
            else decide(p);
        }
    }

    size_t size() const { return people.size(); }
    int count(bool jailed) const {
        int found = 0;
        for (size_t p = first_agent; p < people.size(); ++p)
            found += jailed ? people[p].until > 0 : people[p].until == 0 && at(people[p].x, people[p].y) == active;
        return found;
    }

  private:
    int side, width, first_agent;
    bool rounds_down;
    Random random;
    std::vector<uint8_t> kind;
    std::vector<int32_t> who, order;
    std::vector<Person> people;

    uint8_t at(int x, int y) const { return kind[static_cast<size_t>(y + vision) * width + x + vision]; }
    const uint8_t *corner(int x, int y) const { return &kind[static_cast<size_t>(y) * width + x]; }
    int around(int v) const { return v < 0 ? v + side : v >= side ? v - side : v; }

    void put(int x, int y, uint8_t value) {
        const int xs[2] = {x + vision, x < vision ? x + vision + side : x + vision - side};
        const int ys[2] = {y + vision, y < vision ? y + vision + side : y + vision - side};
        const bool beside = x < vision || x >= side - vision, beyond = y < vision || y >= side - vision;
        kind[static_cast<size_t>(ys[0]) * width + xs[0]] = value;
        if (beside) kind[static_cast<size_t>(ys[0]) * width + xs[1]] = value;
        if (beyond) kind[static_cast<size_t>(ys[1]) * width + xs[0]] = value;
        if (beside && beyond) kind[static_cast<size_t>(ys[1]) * width + xs[1]] = value;
    }

    // the n-th site of this kind in the window, whose row counts are known
    void find(int x, int y, uint8_t value, const uint8_t *in_row, int n, int &to_x, int &to_y) const {
        int row = 0;
        while (n >= in_row[row]) n -= in_row[row++];
        const uint8_t *sites = corner(x, y + row);
        int column = -1;
        while (n >= 0) n -= sites[++column] == value;
        to_x = around(x + column - vision);
        to_y = around(y + row - vision);
    }

    int count_rows(int x, int y, uint8_t value, uint8_t *in_row) const {
        int all = 0;
        for (int row = 0; row <= 2 * vision; ++row) {
            const uint8_t *sites = corner(x, y + row);
            uint8_t found = 0;
            for (int column = 0; column <= 2 * vision; ++column) found += sites[column] == value;
            in_row[row] = found;
            all += found;
        }
        return all;
    }

    void stand(int p, int x, int y, uint8_t value) {
        people[p].x = x;
        people[p].y = y;
        put(x, y, value);
        who[static_cast<size_t>(y) * side + x] = p;
    }

    bool release(int p) {
        Person &person = people[p];
        int x = person.x, y = person.y;
        if (at(x, y) != nobody) {
            int best = 1 << 30;
            for (int dy = -vision; dy <= vision; ++dy)
                for (int dx = -vision; dx <= vision; ++dx)
                    if (dx * dx + dy * dy < best && corner(person.x, person.y)[(dy + vision) * width + dx + vision] == nobody) {
                        best = dx * dx + dy * dy;
                        x = around(person.x + dx);
                        y = around(person.y + dy);
                    }
            if (best == 1 << 30) return false;
        }
        person.until = 0;
        stand(p, x, y, quiet);
        return true;
    }

    void move(int p) {
        const int x = people[p].x, y = people[p].y;
        uint8_t in_row[2 * vision + 1];
        const int free = count_rows(x, y, nobody, in_row);
        if (free == 0) return;
        int to_x, to_y;
        find(x, y, nobody, in_row, random.below(free), to_x, to_y);
        const uint8_t value = p < first_agent ? cop : quiet;
        put(x, y, nobody);
        stand(p, to_x, to_y, value);
    }

    void decide(int p) {
        const Person &person = people[p];
        const double grievance = person.hardship * (1.0 - 0.82);
        bool is_active = false;
        if (grievance > 0.1) {
            int cops = 0, actives = 1;
            for (int row = 0; row <= 2 * vision; ++row) {
                const uint8_t *sites = corner(person.x, person.y + row);
                uint8_t c = 0, a = 0;
                for (int column = 0; column <= 2 * vision; ++column) {
                    c += sites[column] == cop;
                    a += sites[column] == active;
                }
                cops += c;
                actives += a;
            }
            actives -= at(person.x, person.y) == active;
            const double outnumbered = rounds_down ? cops / actives : static_cast<double>(cops) / actives;
            is_active = grievance - person.risk_aversion * (1.0 - std::exp(-2.3 * outnumbered)) > 0.1;
        }
        if (is_active != (at(person.x, person.y) == active)) put(person.x, person.y, is_active ? active : quiet);
    }

    void arrest(int p, int tick) {
        const int x = people[p].x, y = people[p].y;
        uint8_t in_row[2 * vision + 1];
        const int seen = count_rows(x, y, active, in_row);
        if (seen == 0) return;
        int there_x, there_y;
        find(x, y, active, in_row, random.below(seen), there_x, there_y);
        people[who[static_cast<size_t>(there_y) * side + there_x]].until = tick + 1 + static_cast<int>(random.below(30));
        put(there_x, there_y, nobody);
    }
};

}  // namespace

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    const int side = std::atoi(argv[1]), steps = std::atoi(argv[2]);
    World world(side, std::atoi(argv[3]) == 1, std::strtoull(argv[4], nullptr, 10));
    std::timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    double actives = 0, jailed = 0;
    for (int tick = 0; tick < steps; ++tick) {
        world.step(tick);
        actives += world.count(false);
        jailed += world.count(true);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    const double seconds = static_cast<double>(end.tv_sec - start.tv_sec) + 1e-9 * static_cast<double>(end.tv_nsec - start.tv_nsec);
    std::printf("%.0f %.4f %.4f\n", static_cast<double>(world.size()) * steps / seconds, actives / steps, jailed / steps);
}
