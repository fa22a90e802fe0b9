#include "tests/coordinator/simulator/network.h"

#include <algorithm>
#include <utility>

namespace parzen {
namespace {

constexpr absl::Duration kDialTimeout = absl::Seconds(1);
const absl::Status& Lost() {
  static const absl::Status* const lost = new absl::Status(absl::UnavailableError("the connection was lost"));
  return *lost;
}

}  // namespace

Network::Network(World& world, std::vector<LinkSpeed> links)
    : world_(world), random_(world.Random(0, "network")), links_(std::move(links)), cut_off_until_(links_.size()) {}

Network::Stream* Network::Find(ConnectionId stream) {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : &found->second;
}

absl::Duration Network::Delay(int worker) {
  return links_[worker].delay + DurationAround(random_, links_[worker].jitter);
}

absl::Duration Network::HeldUntil(const Stream& stream, bool up) const {
  return std::max(cut_off_until_[stream.worker], up ? stream.up_stalled_until : absl::ZeroDuration());
}

void Network::Dial(int worker, WorkerEnd* end, int64_t dial) {
  const bool cut_off = world_.now() < cut_off_until_[worker];
  const absl::Duration there = Delay(worker);
  world_.events().After(cut_off ? kDialTimeout : std::min(2 * there, kDialTimeout), [=, this] {
    if (cut_off || 2 * there > kDialTimeout || !coordinator_->Listens() || world_.now() < cut_off_until_[worker]) {
      end->Dialled(dial, absl::UnavailableError("nobody answers"));
      return;
    }
    const ConnectionId id = next_stream_++;
    Stream& stream = streams_[id];
    stream.worker = worker;
    stream.end = end;
    end->Dialled(dial, id);
  });
}

void Network::SendUp(ConnectionId id, const WorkerMessage& message) {
  Stream* const stream = Find(id);
  if (stream == nullptr || stream->worker_knows) return;
  stream->up_last = std::max(stream->up_last, world_.now() + Delay(stream->worker));
  world_.events().At(stream->up_last, [this, id, message] { ArriveUp(id, message); });
}

void Network::ArriveUp(ConnectionId id, const WorkerMessage& message) {
  Stream* const stream = Find(id);
  if (stream == nullptr || stream->up_lost || stream->coordinator_knows) return world_.Count("message to it lost");
  if (const absl::Duration until = HeldUntil(*stream, /*up=*/true); world_.now() < until) {
    world_.Count("message held up");
    return world_.events().At(until, [this, id, message] { ArriveUp(id, message); });
  }
  coordinator_->Received(id, message);
}

void Network::SendDown(ConnectionId id, const CoordinatorMessage& message) {
  Stream* const stream = Find(id);
  if (stream == nullptr || stream->coordinator_knows || stream->closing) return world_.Count("answer lost");
  stream->down_last = std::max(stream->down_last, world_.now() + Delay(stream->worker));
  world_.events().At(stream->down_last, [this, id, message] { ArriveDown(id, message); });
}

void Network::ArriveDown(ConnectionId id, const CoordinatorMessage& message) {
  Stream* const stream = Find(id);
  if (stream == nullptr || stream->down_lost || stream->worker_knows) return world_.Count("answer lost");
  if (const absl::Duration until = HeldUntil(*stream, /*up=*/false); world_.now() < until) {
    world_.Count("answer held up");
    return world_.events().At(until, [this, id, message] { ArriveDown(id, message); });
  }
  stream->end->Received(id, message);
}

void Network::TellWorker(ConnectionId id, absl::Duration time, const absl::Status& reason, bool by_wire) {
  world_.events().At(time, [=, this] {
    Stream* const stream = Find(id);
    if (stream == nullptr || stream->worker_knows) return;
    if (const absl::Duration until = HeldUntil(*stream, /*up=*/false); by_wire && world_.now() < until) {
      return TellWorker(id, until, reason, by_wire);
    }
    stream->worker_knows = true;
    WorkerEnd* const end = stream->end;
    ForgetIfOver(id);
    end->StreamEnded(id, reason);
  });
}

void Network::TellCoordinator(ConnectionId id, absl::Duration time, bool by_wire) {
  world_.events().At(time, [=, this] {
    Stream* const stream = Find(id);
    if (stream == nullptr || stream->coordinator_knows) return;
    if (const absl::Duration until = HeldUntil(*stream, /*up=*/true); by_wire && world_.now() < until) {
      return TellCoordinator(id, until, by_wire);
    }
    stream->coordinator_knows = true;
    ForgetIfOver(id);
    coordinator_->StreamEnded(id);
  });
}

void Network::ForgetIfOver(ConnectionId id) {
  const auto found = streams_.find(id);
  if (found->second.worker_knows && found->second.coordinator_knows) streams_.erase(found);
}

bool Network::IsSound(ConnectionId id, absl::Duration since) const {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return false;
  const Stream& stream = found->second;
  const bool over = stream.up_lost || stream.down_lost || stream.worker_knows || stream.coordinator_knows ||
                    stream.closing || stream.up_stalled_until > absl::ZeroDuration();
  return !over && cut_off_until_[stream.worker] <= since;
}

void Network::CloseByWorker(ConnectionId id, bool silently) {
  Stream* const stream = Find(id);
  if (stream == nullptr || stream->worker_knows) return;
  stream->worker_knows = true;
  stream->up_lost = stream->up_lost || silently;
  const absl::Duration arrives = std::max(stream->up_last, world_.now() + Delay(stream->worker));
  const absl::Duration late = world_.now() + DurationBetween(random_, absl::Seconds(1), absl::Seconds(60));
  if (!stream->coordinator_knows) TellCoordinator(id, silently ? late : arrives, !silently);
  ForgetIfOver(id);
}

void Network::CloseByCoordinator(ConnectionId id, const absl::Status& reason) {
  Stream* const stream = Find(id);
  if (stream == nullptr || stream->coordinator_knows || stream->closing) return;
  stream->closing = true;
  if (Chance(random_, 0.5)) stream->down_lost = true;  // it had not left yet
  TellWorker(id, std::max(stream->down_last, world_.now() + Delay(stream->worker)), reason, /*by_wire=*/true);
  TellCoordinator(id, world_.now() + DurationBetween(random_, absl::ZeroDuration(), absl::Milliseconds(20)),
                  /*by_wire=*/false);
}

void Network::CloseAllByCoordinator(const absl::Status& reason) {
  std::vector<ConnectionId> all;
  for (const auto& [id, stream] : streams_) all.push_back(id);
  for (const ConnectionId id : all) CloseByCoordinator(id, reason);
}

void Network::CoordinatorDied() {
  std::vector<ConnectionId> all;
  for (const auto& [id, stream] : streams_) all.push_back(id);
  for (const ConnectionId id : all) {
    Stream& stream = *Find(id);
    stream.coordinator_knows = true;
    stream.up_lost = true;
    TellWorker(id, std::max(stream.down_last, world_.now() + Delay(stream.worker)), Lost(), /*by_wire=*/true);
    ForgetIfOver(id);
  }
}

void Network::Break(int worker) {
  std::vector<ConnectionId> mine;
  for (const auto& [id, stream] : streams_) {
    if (stream.worker == worker && !stream.worker_knows && !stream.coordinator_knows) mine.push_back(id);
  }
  if (mine.empty()) return;
  const ConnectionId id = mine[random_.Below(mine.size())];
  Stream& stream = streams_.at(id);
  const absl::Duration soon = world_.now() + DurationBetween(random_, absl::ZeroDuration(), absl::Seconds(3));
  const absl::Duration late = world_.now() + DurationBetween(random_, absl::ZeroDuration(), absl::Seconds(20));
  switch (random_.Below(3)) {
    case 0:
      world_.Count("stream broken, all under way lost");
      world_.Say("network: stream ", id, " of worker ", worker, " is dead");
      stream.up_lost = stream.down_lost = true;
      TellWorker(id, Chance(random_, 0.7) ? soon : late, Lost(), /*by_wire=*/false);
      TellCoordinator(id, Chance(random_, 0.5) ? soon : late, /*by_wire=*/false);
      return;
    case 1:
      world_.Count("stream broken, its messages arrive late");
      world_.Say("network: worker ", worker, " loses stream ", id, ", which the coordinator reads on later");
      stream.up_stalled_until = soon;
      stream.down_lost = true;
      TellWorker(id, world_.now(), Lost(), /*by_wire=*/false);
      TellCoordinator(id, std::max(stream.up_last, soon) + absl::Milliseconds(1), /*by_wire=*/false);
      return;
    default:
      world_.Count("stream broken, seen by the coordinator first");
      world_.Say("network: the coordinator loses stream ", id, " of worker ", worker);
      TellCoordinator(id, world_.now(), /*by_wire=*/false);
      TellWorker(id, soon, Lost(), /*by_wire=*/false);
  }
}

void Network::CutOff(int worker, absl::Duration time) {
  world_.Say("network: worker ", worker, " is cut off for ", absl::FormatDuration(time));
  cut_off_until_[worker] = std::max(cut_off_until_[worker], world_.now() + time);
  // TCP bears short cuts; of long ones it, or a keep-alive, tires at either end.
  for (auto& [id, stream] : streams_) {
    if (stream.worker != worker || stream.worker_knows || stream.coordinator_knows || Chance(random_, 0.5)) continue;
    // What one end gives up, the other hears of once the link is there again, if not by itself before.
    const absl::Duration tired = world_.now() + DurationBetween(random_, absl::ZeroDuration(), time);
    const bool worker_tires = Chance(random_, 0.6);
    TellWorker(id, tired, Lost(), /*by_wire=*/!worker_tires);
    TellCoordinator(id, tired, /*by_wire=*/worker_tires && Chance(random_, 0.7));
  }
}

}  // namespace parzen
